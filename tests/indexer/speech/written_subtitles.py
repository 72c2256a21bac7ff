"""Subtitles as they are written and read."""

from pathlib import Path

from indexer.speech.languages import Languages
from indexer.speech.subtitles import cues


def srt(*lines: str) -> str:
    return "".join(
        f"{n + 1}\r\n00:00:{n:02d},000 --> 00:00:{n:02d},900\r\n{line}\r\n\r\n"
        for n, line in enumerate(lines)
    )


def said(path: Path, asked: str = "", here: str = "") -> list[str]:
    return [cue.text for cue in cues(path, Languages(asked, here))]
