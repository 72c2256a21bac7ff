"""LanceDB comes without its cloud's data models, and who wants those gets the real ones."""

import subprocess
import sys


def test_the_models_come_when_they_are_wanted() -> None:
    code = (
        "import sys\n"
        "from search.store.lance_import import lancedb\n"
        "lancedb()\n"
        "theirs = 'lance_namespace_urllib3_client'\n"
        "print(any(name.startswith(theirs) for name in sys.modules))\n"
        "import lance_namespace\n"
        "made = lance_namespace.ListTablesResponse(tables=['a'])\n"
        "print(made.tables, isinstance(made, lance_namespace.ListTablesResponse))\n"
        "print(type(made).__module__.startswith(theirs))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=300
    )
    assert out.stdout.splitlines() == ["False", "['a'] True", "True"]
