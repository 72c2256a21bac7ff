"""Subtitles in any character set."""

from pathlib import Path

import pytest

from indexer.speech.character_set import text_of
from tests.indexer.speech.written_subtitles import said, srt

LINES = {
    "cp1251": ["Где ты был вчера вечером?", "Я не знаю, что сказать.", "Пойдём домой, уже поздно."],
    "koi8_r": ["Где ты был вчера вечером?", "Я не знаю, что сказать.", "Пойдём домой, уже поздно."],
    "cp1252": ["Où êtes-vous allé hier soir?", "Je ne sais pas, c'était étrange.", "Ça va, merci."],
    "cp1250": ["Gdzie byłeś wczoraj wieczorem?", "Źle się czuję, proszę księdza.", "Już późno."],
    "cp1253": ["Πού ήσουν χθες το βράδυ;", "Δεν ξέρω, ήταν πολύ παράξενο.", "Πάμε σπίτι."],
    "cp1255": ["איפה היית אתמול בלילה?", "אני לא יודע, זה היה מאוד מוזר.", "בסדר, נתראה מחר."],
    "cp1256": ["أين كنت الليلة الماضية؟", "لا أعرف، كان الأمر غريبا جدا.", "حسنا، أراك غدا."],
    "shift_jis": ["昨夜はどこにいたの？", "わからない、とても変だった。", "家に帰ろう、もう遅い。"],
    "euc_jp": ["昨夜はどこにいたの？", "わからない、とても変だった。", "家に帰ろう、もう遅い。"],
    "gb18030": ["你昨晚在哪里？", "我不知道，这很奇怪。", "我们回家吧，已经很晚了。"],
    "big5": ["你昨晚在哪裡？", "我不知道，這很奇怪。", "我們回家吧，已經很晚了。"],
    "cp949": ["어젯밤에 어디 있었어?", "모르겠어, 정말 이상했어.", "집에 가자, 벌써 늦었어."],
    "utf-8": ["Où est 日本?", "—", "…"],
    "utf-8-sig": ["Où est 日本?", "—", "…"],
    "utf-16": ["Où est 日本?", "—", "…"],
    "utf-16-le": ["A captain shouts.", "No.", "Yes."],
    "utf-16-be": ["Капитан кричит.", "Нет.", "Да."],
}


@pytest.mark.parametrize("encoding", LINES)
def test_a_sidecar_is_read_in_its_character_set(video: Path, encoding: str) -> None:
    lines = LINES[encoding]
    video.with_name("film.srt").write_bytes(srt(*lines).encode(encoding))
    assert said(video) == lines


@pytest.mark.parametrize("encoding", LINES)
def test_any_bytes_are_some_text(encoding: str) -> None:
    for data in (b"", b"\x00", bytes(range(256)), srt("x").encode(encoding)[:-1]):
        assert isinstance(text_of(data), str)
