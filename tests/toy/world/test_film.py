"""Films as long as their scenes."""

from pathlib import Path

from indexer.decoding.supervisor import DecodeWorker
from toy.world.film import film
from toy.world.scenes import MOTIONS, Scene


def test_every_motion_can_be_filmed(tmp_path: Path) -> None:
    scenes = [Scene("grass", "white", "star", motion, 0.4) for motion in MOTIONS]
    film(tmp_path / "all.mp4", scenes, 64, 48)
    with DecodeWorker() as worker:
        assert worker.probe(tmp_path / "all.mp4").span.end_ms == 400 * len(MOTIONS)
