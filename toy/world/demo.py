"""The demo: a handful of films of the drawn world, and questions whose answers are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from toy.world.film import film
from toy.world.scenes import Scene


@dataclass(frozen=True, slots=True)
class DemoFilm:
    """A film: its name, its picture's size in pixels, and its scenes one after the other."""

    name: str
    width: int
    height: int
    scenes: tuple[Scene, ...]


@dataclass(frozen=True, slots=True)
class DemoQuestion:
    """A question, and the film and scene (from 0) that answer it."""

    text: str
    film: str
    scene: int


def _film(
    name: str, width: int, height: int, *scenes: tuple[str, str, str, str, float]
) -> DemoFilm:
    """Return a film of scenes given as (background, colour, shape, motion, seconds)."""
    aspect = width / height
    return DemoFilm(
        name,
        width,
        height,
        tuple(
            Scene(ground, colour, shape, motion, length_s, aspect, len(name) * 100 + number)
            for number, (ground, colour, shape, motion, length_s) in enumerate(scenes)
        ),
    )


# Cuts fall anywhere, not on the borders of 10 s windows.
FILMS = (
    _film(
        "harbour",
        320,
        240,
        ("sea", "red", "circle", "right", 13.0),
        ("sky", "orange", "star", "spin", 11.5),
        ("brick", "yellow", "square", "down", 12.5),
    ),
    _film(
        "meadow",
        640,
        360,
        ("grass", "purple", "triangle", "up", 12.0),
        ("desert", "blue", "ring", "orbit", 14.0),
        ("night", "pink", "cross", "blink", 13.0),
    ),
    _film(
        "courtyard",
        320,
        240,
        ("brick", "green", "star", "grow", 12.4),
        ("grey", "black", "square", "bounce", 13.6),
        ("grass", "white", "circle", "downright", 11.0),
    ),
    _film(
        "evening",
        640,
        360,
        ("night", "yellow", "moon", "upleft", 14.5),
        ("white", "red", "heart", "shrink", 10.8),
        ("sea", "pink", "triangle", "still", 12.0),
    ),
    _film(
        "dunes",
        320,
        240,
        ("desert", "purple", "square", "spin", 13.2),
        ("black", "turquoise", "ring", "upright", 12.2),
        ("sky", "green", "heart", "downleft", 11.8),
    ),
)

QUESTIONS = (
    DemoQuestion("a red ball crossing the sea from left to right", "harbour", 0),
    DemoQuestion("a yellow square falls down in front of a brick wall", "harbour", 2),
    DemoQuestion("a blue ring going around in circles in the desert", "meadow", 1),
    DemoQuestion("a pink cross flashing at night", "meadow", 2),
    DemoQuestion("a green star gets bigger", "courtyard", 0),
    DemoQuestion("something black jumps up and down", "courtyard", 1),
    DemoQuestion("the moon rises in the night sky", "evening", 0),
    DemoQuestion("a red heart becomes small", "evening", 1),
    DemoQuestion("a purple square turning on the sand", "dunes", 0),
    DemoQuestion("a green heart among clouds", "dunes", 2),
)

# Asked of the model itself, which looks again; the ring is blue.
ASKED = "What colour is the ring in the desert?"


def scene_span_ms(question: DemoQuestion) -> tuple[int, int]:
    """Return the [start, end) in ms of the scene that answers a question."""
    scenes = next(known.scenes for known in FILMS if known.name == question.film)
    start_s = sum(scene.length_s for scene in scenes[: question.scene])
    return round(1000 * start_s), round(1000 * (start_s + scenes[question.scene].length_s))


def render_demo(folder: Path, told: Callable[[str], None] = lambda name: None) -> list[Path]:
    """Film what is not there yet of the demo in `folder`; return the paths of all its films."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for known in FILMS:
        path = folder / f"{known.name}.mp4"
        if not path.exists():
            told(known.name)
            part = path.with_suffix(".part.mp4")
            film(part, known.scenes, known.width, known.height)
            part.replace(path)
        paths.append(path)
    return paths
