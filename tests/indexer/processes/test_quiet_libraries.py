"""No dependency reports home, from the command line or from a program; the user's word stays."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from indexer.processes.quiet_libraries import keep_to_themselves


def test_what_the_user_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANCEDB_LOG", "debug")
    monkeypatch.delenv("DO_NOT_TRACK", raising=False)
    keep_to_themselves()
    assert os.environ["LANCEDB_LOG"] == "debug"
    assert os.environ["DO_NOT_TRACK"] == "1"


@pytest.mark.parametrize("door", ["scenelist", "cli"])
def test_both_doors_tell_them(door: str) -> None:
    told = ("HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK")
    code = f"import {door}, os\n"
    if door == "cli":
        code += "import sys; sys.argv = ['scenelist', '--version']\n"
        code += "try: cli.main()\nexcept SystemExit: pass\n"
    code += f"print([os.environ.get(name) for name in {told!r}])"
    bare = {name: value for name, value in os.environ.items() if name not in told}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env=bare,
        timeout=120,
    )
    assert done.stdout.splitlines()[-1] == "['1', '1']", done.stderr
