"""When a video was recorded."""

import pytest

from indexer.media.recording_date import recorded_ms


@pytest.mark.parametrize(
    ("metadata", "ms"),
    [
        ({"creation_time": "2024-05-01T10:00:00.000000Z"}, 1_714_557_600_000),
        ({"com.apple.quicktime.creationdate": "2024-05-01T12:00:00+0200"}, 1_714_557_600_000),
        ({"CREATION_TIME": "2024-05-01 10:00:00+00:00"}, 1_714_557_600_000),
        ({"creation_time": "1904-01-01T00:00:00.000000Z"}, 0),
        ({"creation_time": "1970-01-01T00:00:00Z"}, 0),
        ({"date": "2024"}, 0),
        ({"creation_time": "nonsense, really"}, 0),
        ({}, 0),
    ],
)
def test_when_a_video_was_recorded(metadata: dict[str, str], ms: int) -> None:
    assert recorded_ms(metadata) == ms
