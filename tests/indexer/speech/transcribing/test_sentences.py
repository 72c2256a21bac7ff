"""Words become sentences: cut at their ends and at pauses, within voices, without what is none."""

from indexer.speech.transcribing.sentences import Sentence, sentences
from indexer.speech.transcribing.transcriber import Passage, Voice, Word


def passage(text: str, start_ms: int = 0, each_ms: int = 300, **facts: object) -> Passage:
    words = tuple(
        Word(start_ms + i * each_ms, start_ms + (i + 1) * each_ms, f" {word}")
        for i, word in enumerate(text.split())
    )
    return Passage(words, str(facts.get("language", "en")), bool(facts.get("doubtful")))


def texts(*passages: Passage, end_ms: int = 60_000) -> list[str]:
    return [said.text for said in sentences(passages, [Voice(0, end_ms)])]


def test_a_sentence_ends_at_its_full_stop() -> None:
    found = sentences([passage("We went home. Did you? No!")], [Voice(0, 9_000)])
    assert found == [
        Sentence(0, 900, "We went home.", "en"),
        Sentence(900, 1_500, "Did you?", "en"),
        Sentence(1_500, 1_800, "No!", "en"),
    ]


def test_abbreviations_and_numbers_end_none() -> None:
    assert texts(passage("Dr. J. Smith paid 3.5 dollars.")) == ["Dr. J. Smith paid 3.5 dollars."]


def test_a_pause_ends_one() -> None:
    words = passage("one two").words + passage("three four", 1_500).words
    assert texts(Passage(words, "en")) == ["one two", "three four"]


def test_one_without_an_end_is_cut_at_a_comma() -> None:
    found = texts(passage("and so on, " * 60, each_ms=100))
    assert all(250 < len(text) <= 320 for text in found[:-1])
    assert all(text.endswith(",") for text in found)


def test_words_are_moved_into_the_voice_they_are_said_by() -> None:
    words = (Word(0, 2_400, " Hello"), Word(2_400, 5_000, " there."))
    found = sentences([Passage(words, "en")], [Voice(2_000, 3_000)])
    assert found == [Sentence(2_000, 3_000, "Hello there.", "en")]


def test_words_far_from_any_voice_were_made_up() -> None:
    found = sentences([passage("Thank you.", 20_000)], [Voice(0, 3_000)])
    assert found == []
    assert sentences([passage("Thank you.")], []) == []


def test_what_is_no_speech_is_left_out() -> None:
    assert texts(passage("...")) == []
    assert texts(passage("♪ ♪")) == []
    assert texts(passage("so long", doubtful=True)) == []
    assert texts(passage("very " * 40)) == []


def test_a_true_sentence_said_again_and_again_stays() -> None:
    said = "All work and no play makes Jack a dull boy. "
    assert len(texts(passage(said * 25, each_ms=200))) == 25


def test_scripts_without_spaces() -> None:
    words = tuple(Word(i * 200, (i + 1) * 200, char) for i, char in enumerate("今日は。元気？"))
    assert texts(Passage(words, "ja")) == ["今日は。", "元気？"]
