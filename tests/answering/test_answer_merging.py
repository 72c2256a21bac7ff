"""Answers of several looks become one."""

from answering.answer_merging import Reply, agreed, joined, summary_request
from indexer.windows import Window


def test_the_answer_most_is_said_for() -> None:
    said = [
        Reply(Window(0, 10), 0.6, "Red."),
        Reply(Window(10, 20), 0.9, "Green."),
        Reply(Window(20, 30), 0.7, "red"),
        Reply(Window(30, 40), 0.8, None),
    ]
    assert [reply.window.start_ms for reply in agreed(said)] == [20, 0]
    assert agreed([Reply(Window(0, 1), 0.9, None)]) == []
    assert joined([Window(20, 30), Window(0, 10), Window(10, 20), Window(40, 50)]) == (
        Window(0, 30),
        Window(40, 50),
    )
    assert summary_request(said).splitlines()[1:] == ["1. Red.", "2. Green.", "3. red"]
