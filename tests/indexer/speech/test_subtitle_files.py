"""Whose subtitles a file is."""

from pathlib import Path
from unicodedata import normalize

import pytest

from indexer.speech.subtitle_files import by_video, sidecars
from indexer.speech.subtitle_marks import SubtitleFiles
from tests.indexer.speech.written_subtitles import said, srt
from tests.media import render, steady


@pytest.mark.parametrize("forms", [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_sidecar_may_spell_the_name_in_another_form(
    tmp_path: Path, forms: tuple[str, str]
) -> None:
    path = render(tmp_path / f"{normalize(forms[0], 'Café Señor')}.mp4", steady(1))
    path.with_name(f"{normalize(forms[1], 'Café Señor')}.fr.srt").write_text(srt("Bonjour."))
    assert len(sidecars(path)) == 1
    assert SubtitleFiles().beside(path), "whether it has changed is looked for, too"
    assert said(path) == ["Bonjour."]


def test_whose_subtitles_a_file_may_be() -> None:
    files = [Path(name) for name in ("film.de.forced.srt", "film.SRT", "film.mp4", "other.ass")]
    assert by_video(files) == {
        "film": [files[0], files[1]],
        "film.de": [files[0]],
        "film.de.forced": [files[0]],
        "other": [files[3]],
    }
