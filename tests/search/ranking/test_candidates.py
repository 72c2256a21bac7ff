"""What was found in several ways becomes one row each, by video and time, with its best words."""

from typing import Any

import numpy as np
import pyarrow as pa

from search.ranking.candidates import together


def table(*rows: tuple[int, str, int, int, list[float]], scores: list[float] | None = None) -> Any:
    """Return rows as the store gives them: (row id, content, start, end, vector)."""
    columns = {
        "fingerprint": pa.array([row[1] for row in rows], pa.string()),
        "start_ms": pa.array([row[2] for row in rows], pa.int64()),
        "end_ms": pa.array([row[3] for row in rows], pa.int64()),
        "vector": pa.array([row[4] for row in rows], pa.list_(pa.float32(), 2)),
        "_rowid": pa.array([row[0] for row in rows], pa.uint64()),
    }
    if scores is not None:
        columns["_score"] = pa.array(scores, pa.float32())
    return pa.table(columns)


LATE = (7, "b", 10_000, 20_000, [0.5, 0.25])
EARLY = (9, "b", 0, 10_000, [0.0, 1.0])
OTHER = (3, "a", 5_000, 15_000, [1.0, 0.0])
LONGER = (8, "b", 10_000, 30_000, [0.25, 0.75])


def test_rows_come_by_video_and_time_with_their_own_vectors() -> None:
    made = together([table(LATE, LONGER, OTHER, EARLY)])
    # Videos are numbered as they come by row id: OTHER's is first.
    assert made.names == ("a", "b")
    assert made.windows.videos.tolist() == [0, 1, 1, 1]
    assert made.windows.starts_ms.tolist() == [5_000, 0, 10_000, 10_000]
    assert made.windows.ends_ms.tolist() == [15_000, 10_000, 20_000, 30_000]
    assert made.ids.tolist() == [3, 9, 7, 8]
    assert made.ids.dtype == np.uint64
    assert made.vectors.tolist() == [[1, 0], [0, 1], [0.5, 0.25], [0.25, 0.75]]
    assert made.keywords.tolist() == [0, 0, 0, 0]
    assert made.keywords.dtype == np.float32


def test_a_row_that_was_found_twice_is_there_once_with_its_best_score() -> None:
    near = table(LATE, EARLY)
    worded = table(EARLY, OTHER, scores=[2.5, 4.0])
    again = table(EARLY, LATE, scores=[1.5, 0.5])
    made = together([near, worded, again])
    assert made.ids.tolist() == [3, 9, 7]
    assert made.keywords.tolist() == [4.0, 2.5, 0.5]
    assert made.vectors.tolist() == [[1, 0], [0, 1], [0.5, 0.25]]


def test_the_score_stays_with_its_row_when_rows_change_places() -> None:
    made = together([table(LATE, EARLY, scores=[3.0, 1.0]), table(OTHER)])
    assert dict(zip(made.ids.tolist(), made.keywords.tolist(), strict=True)) == {
        3: 0.0,
        7: 3.0,
        9: 1.0,
    }


def test_row_ids_of_many_fragments_are_kept_whole() -> None:
    # Those of a table's second fragment begin at 2 ** 32; further ones do not fit a float.
    far = 2**60 + 1
    made = together(
        [table((far, "a", 0, 10_000, [1.0, 0.0]), (far - 1, "a", 10_000, 20_000, [0.0, 1.0]))]
    )
    assert made.ids.tolist() == [far, far - 1]


def test_of_nothing_comes_nothing() -> None:
    made = together([table(), table(scores=[])])
    assert made.names == ()
    assert len(made.ids) == len(made.windows.videos) == len(made.keywords) == 0
    assert made.vectors.shape == (0, 2)
