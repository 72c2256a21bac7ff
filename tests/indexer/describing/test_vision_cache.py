"""What happens in filmed clips is looked at, though frames share looks and windows words."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from indexer.decoding.supervisor import DecodeWorker
from indexer.describing.vision_cache import Eyes
from indexer.media.clip import Clip
from indexer.media.similarity import StillWatch
from indexer.windows import Window

# When something happens in each clip, in seconds, as SOURCES.md has it.
EVENTS = {
    "intel_bottle-detection.mp4": [
        *((5.5, 6.8), (6.8, 11.4), (11.4, 13.4), (15.2, 17.5), (17.5, 22.0), (22.0, 28.8)),
        *((30.8, 33.0), (33.0, 34.6), (34.6, 36.6)),
    ],
    "intel_car-detection.mp4": [(4.4, 8.6), (14.6, 19.0), (25.2, 28.4)],
    "intel_one-by-one-person-detection.mp4": [
        *((6.0, 19.6), (22.8, 44.6), (50.2, 69.6), (74.6, 86.6), (92.2, 119.6), (123.6, 135.8))
    ],
    "torchcodec_nasa_13013.mp4": [(0.0, 5.1), (5.9, 8.1), (8.1, 13.0)],
}


def clips_of(path: Path, window_ms: int) -> list[Clip]:
    with DecodeWorker() as worker:
        video = worker.probe(path)
        return list(worker.clips(video.windows(window_ms, window_ms), 8, 512))


def event_at(name: str, time_ms: int) -> int | None:
    for number, (start, end) in enumerate(EVENTS[name]):
        if start * 1000 <= time_ms <= end * 1000:
            return number
    return None


@pytest.mark.slow
@pytest.mark.parametrize("name", EVENTS)
def test_each_event_has_a_look_of_its_own(shared_media: Path, name: str) -> None:
    looks = 0

    def look(frames: torch.Tensor) -> torch.Tensor:
        nonlocal looks
        looks += len(frames)
        return torch.arange(looks - len(frames), looks)[:, None, None]

    eyes, seen_in = Eyes(look), dict[int, set[int | None]]()
    for clip in clips_of(shared_media / name, 10_000):
        squared = functional.interpolate(
            torch.from_numpy(clip.frames).movedim(-1, 1).float(), (512, 512)
        )
        for number, time_ms in zip(eyes.see(squared[None]).flatten(), clip.times_ms, strict=True):
            seen_in.setdefault(int(number), set()).add(event_at(name, time_ms))
    own = {event for events in seen_in.values() if len(events) == 1 for event in events}
    assert own >= set(range(len(EVENTS[name])))


@pytest.mark.slow
@pytest.mark.parametrize("window_ms", [2_000, 10_000])
@pytest.mark.parametrize("name", EVENTS)
def test_no_event_is_lost_to_a_still_window(shared_media: Path, name: str, window_ms: int) -> None:
    watch, shown = StillWatch(), dict[Window, set[int | None]]()
    for clip in clips_of(shared_media / name, window_ms):
        shown[clip.window] = {event_at(name, time_ms) for time_ms in clip.times_ms}
        lender = watch.same_as(clip)
        assert lender is None or shown[clip.window] - {None} <= shown[lender]
