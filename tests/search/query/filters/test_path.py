"""in: and not-in: look at paths as people write them."""

import pytest

from search.query.filters.path import path_holds


@pytest.mark.parametrize(
    ("path", "glob", "holds"),
    [
        ("/films/[abc] x/a.mp4", "/films/[abc] x/a.mp4", True),
        ("/films/[abc] x/a.mp4", "/films/[abc] x", True),
        ("/films/[abc] x/a.mp4", "[abc]", True),
        ("/films/a x/a.mp4", "/films/[abc] x", True),
        ("/films/other/a.mp4", "/films/[abc] x/a.mp4", False),
        ("/films/lake/a.mp4", "/films/la", False),
        ("/films/lake/a.mp4", "la", True),
        ("/films/lake/a.mp4", "*.mkv", False),
    ],
)
def test_a_path_a_pattern_or_part_of_a_name(path: str, glob: str, holds: bool) -> None:
    assert path_holds(path, glob) is holds
