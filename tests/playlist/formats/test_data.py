"""Data formats hold every moment."""

import csv
import io
import json

from playlist.formats.registry import format_for
from tests.playlist.formats.tracks_to_write import TRACKS


def test_data_formats_hold_every_moment() -> None:
    whole = json.loads(format_for(None, "json").render(TRACKS, "q"))
    assert whole["query"] == "q"
    lines = [
        json.loads(line) for line in format_for(None, "jsonl").render(TRACKS, "q").splitlines()
    ]
    table = list(csv.DictReader(io.StringIO(format_for(None, "csv").render(TRACKS, "q").decode())))
    for made, one, two, three in zip(TRACKS, whole["moments"], lines, table, strict=True):
        for facts in (one, two):
            assert facts["video"] == str(made.video.path)
            assert (facts["start"], facts["end"]) == (made.start_ms / 1000, made.end_ms / 1000)
            assert (facts["score"], facts["text"]) == (made.score, made.text)
        assert float(three["start"]) == made.start_ms / 1000
        assert three["text"].lstrip("'") == made.text
    assert table[1]["text"] == "'=Rain, then sun.", "no formula for a spreadsheet"
