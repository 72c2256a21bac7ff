"""The toy's language: what is said of a sight, in several ways, and how that is read back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from toy.dataset.visible_labels import Sight
from toy.world.scenes import BACKGROUNDS, COLOURS, SHAPES

_Way = TypeVar("_Way")

# Each motion: (what it does, what it is doing) in several wordings, the plainest first.
MOTION_WORDS: dict[str, list[tuple[str, str]]] = {
    "left": [
        ("moves from right to left", "moving from right to left"),
        ("drifts to the left", "drifting to the left"),
        ("slides toward the left side", "sliding toward the left side"),
    ],
    "right": [
        ("moves from left to right", "moving from left to right"),
        ("drifts to the right", "drifting to the right"),
        ("slides toward the right side", "sliding toward the right side"),
    ],
    "up": [
        ("rises from bottom to top", "rising from bottom to top"),
        ("moves straight up", "moving straight up"),
        ("floats upward", "floating upward"),
    ],
    "down": [
        ("falls from top to bottom", "falling from top to bottom"),
        ("moves straight down", "moving straight down"),
        ("sinks downward", "sinking downward"),
    ],
    "upleft": [
        ("moves diagonally up and to the left", "moving diagonally up and to the left"),
        ("heads for the upper left corner", "heading for the upper left corner"),
    ],
    "upright": [
        ("moves diagonally up and to the right", "moving diagonally up and to the right"),
        ("heads for the upper right corner", "heading for the upper right corner"),
    ],
    "downleft": [
        ("moves diagonally down and to the left", "moving diagonally down and to the left"),
        ("heads for the lower left corner", "heading for the lower left corner"),
    ],
    "downright": [
        ("moves diagonally down and to the right", "moving diagonally down and to the right"),
        ("heads for the lower right corner", "heading for the lower right corner"),
    ],
    "still": [
        ("stays still", "staying still"),
        ("does not move", "sitting motionless"),
        ("rests in place", "resting in place"),
    ],
    "spin": [
        ("spins in place", "spinning in place"),
        ("rotates slowly", "rotating slowly"),
        ("turns around its center", "turning around its center"),
    ],
    "grow": [
        ("grows larger", "growing larger"),
        ("gets bigger and bigger", "getting bigger and bigger"),
        ("expands", "expanding"),
    ],
    "shrink": [
        ("shrinks", "shrinking"),
        ("gets smaller and smaller", "getting smaller and smaller"),
        ("becomes tiny", "becoming tiny"),
    ],
    "bounce": [
        ("bounces up and down", "bouncing up and down"),
        ("jumps up and down", "jumping up and down"),
        ("keeps bouncing", "repeatedly bouncing"),
    ],
    "blink": [
        ("blinks on and off", "blinking on and off"),
        ("flashes on and off", "flashing on and off"),
        ("keeps disappearing and coming back", "repeatedly disappearing and coming back"),
    ],
    "orbit": [
        ("moves in a circle", "moving in a circle"),
        ("travels around in a loop", "traveling around in a loop"),
        ("circles around", "circling around"),
    ],
}
BACKGROUND_WORDS: dict[str, list[str]] = {
    "black": [
        "on a black background",
        "against a plain black background",
        "on a completely black screen",
    ],
    "white": [
        "on a white background",
        "against a plain white background",
        "on a completely white screen",
    ],
    "grey": ["on a gray background", "against a plain gray background", "on a dull gray screen"],
    "night": ["under a starry night sky", "in the night sky", "against a night sky full of stars"],
    "grass": ["over a grassy field", "on green grass", "above a green meadow"],
    "sea": ["over the blue sea", "above the sea", "over ocean waves"],
    "brick": ["in front of a brick wall", "against a red brick wall", "before a wall of bricks"],
    "desert": ["over a sandy desert", "on desert sand", "above sand dunes"],
    "sky": ["in a cloudy sky", "against a blue sky with clouds", "among white clouds"],
}
PLACES = {
    "black": "a black background",
    "white": "a white background",
    "grey": "a gray background",
    "night": "the night sky",
    "grass": "a grassy field",
    "sea": "the sea",
    "brick": "a brick wall",
    "desert": "a sandy desert",
    "sky": "a cloudy sky",
}
_BACKGROUND_SIGNS = {
    "black": r"black (background|screen)",
    "white": r"white (background|screen)",
    "grey": r"gray (background|screen)",
    "night": r"\bnight\b",
    "grass": r"grass|meadow",
    "sea": r"\bsea\b|ocean",
    "brick": r"brick",
    "desert": r"desert|dunes",
    "sky": r"cloud",
}
_MOTION_SIGNS = sorted(
    (
        (wording, motion)
        for motion, ways in MOTION_WORDS.items()
        for pair in ways
        for wording in pair
    ),
    key=lambda sign: -len(sign[0]),
)
# What stands between the parts of a summary.
THEN = ", then "
_LEADS = ("then ", "next, ", "after that, ", "the scene changes and ")
_THING = re.compile(
    r"\b(?:an? )?(?:(small|large) )?({}) ({})\b".format("|".join(COLOURS), "|".join(SHAPES))
)


def with_article(noun: str) -> str:
    """Return a noun with a or an before it."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def capital(sentence: str) -> str:
    """Return a sentence with its first letter large and the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


class Chooser:
    """Chooses wordings: mostly the one that belongs to what is said, sometimes any.

    So that a describer that knows what it sees can know how to say it, and still varies.
    """

    def __init__(self, rng: np.random.Generator | None = None, share_any: float = 0.1) -> None:
        self._rng = rng
        self._share_any = share_any

    def of(self, ways: Sequence[_Way], own: int) -> _Way:
        """Return the way number `own` (counted round), or now and then any."""
        if self._rng is not None and self._rng.random() < self._share_any:
            return ways[int(self._rng.integers(len(ways)))]
        return ways[own % len(ways)]


def caption(sights: Sequence[Sight], choose: Chooser | None = None) -> str:
    """Return the description of a window that shows `sights` one after the other."""
    choose = choose or Chooser()
    return " ".join(_clause(sight, place, choose) for place, sight in enumerate(sights))


def name(sight: Sight) -> str:
    """Return what a sight's shape is called: "a large red circle"."""
    size = f"{sight.size} " if sight.size in {"small", "large"} else ""
    return with_article(f"{size}{sight.colour} {sight.shape}")


def _clause(sight: Sight, place: int, choose: Chooser) -> str:
    ground = BACKGROUNDS.index(sight.background)
    colour = list(COLOURS).index(sight.colour) if sight.colour else 0
    where = choose.of(BACKGROUND_WORDS[sight.background], colour)
    lead = choose.of(_LEADS, ground + place) if place else ""
    if not sight.shape:
        return capital(f"{lead}there is nothing {where}.")
    thing = name(sight)
    if not sight.motion:
        seen = f"{thing} appears {where}." if place else f"{thing} {where} is seen briefly."
        return capital(lead + seen)
    does, doing = choose.of(MOTION_WORDS[sight.motion], SHAPES.index(sight.shape))
    if place:
        return capital(f"{lead}{thing} {does} {where}.")
    return choose.of(
        (
            capital(f"{thing} {does} {where}."),
            capital(f"{where}, {thing} {does}."),
            f"The video shows {thing} {doing} {where}.",
            f"There is {thing} {where}. It {does}.",
            f"We see {thing} {doing} {where}.",
        ),
        ground,
    )


def read_caption(text: str) -> list[Sight]:
    """Return the sights that a description tells of, one for each part of it."""
    parts = re.split(r"(?<=\.)\s+(?=(?:Then|Next|After that|The scene changes)\b)", text.strip())
    return [_read_clause(part.lower()) for part in parts]


def _read_clause(text: str) -> Sight:
    thing = _THING.search(text)
    ground = read_background(text)
    if thing is None:
        return Sight(ground)
    size, colour, shape = thing.groups()
    motion = read_motion(text)
    unsaid = "" if motion in {"", "grow", "shrink"} else "medium"
    return Sight(ground, colour, shape, motion, size or unsaid)


def read_background(text: str) -> str:
    """Return the background that a text names, or ""."""
    signs = _BACKGROUND_SIGNS.items()
    return next((ground for ground, sign in signs if re.search(sign, text.lower())), "")


def read_motion(text: str) -> str:
    """Return the motion that a text names, or ""."""
    return next((motion for sign, motion in _MOTION_SIGNS if sign in text.lower()), "")


def summary(sights: Sequence[Sight]) -> str:
    """Return one sentence for sights in a row: each thing once and where it is, in order."""
    parts: list[str] = []
    for sight in sights:
        thing = with_article(f"{sight.colour} {sight.shape}") if sight.shape else "nothing"
        part = f"{thing} {BACKGROUND_WORDS[sight.background][0]}"
        if part not in parts:
            parts.append(part)
    return capital(THEN.join(parts)) + "."


def read_summary(text: str) -> list[tuple[str, str, str]]:
    """Return the (background, colour, shape) of each part of a summary, in order."""
    found = []
    for part in text.lower().split(THEN):
        thing = _THING.search(part)
        _, colour, shape = thing.groups() if thing else ("", "", "")
        found.append((read_background(part), colour, shape))
    return found
