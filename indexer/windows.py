"""Tiles a stretch of time with windows; pure arithmetic in integer milliseconds."""

from dataclasses import dataclass

from indexer.errors import RequestError

SHORTEST_TAIL_MS = 1_000


@dataclass(frozen=True, order=True, slots=True)
class Window:
    """A half-open stretch [start_ms, end_ms) of one video, in ms on the player's clock."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms <= self.start_ms:
            raise ValueError(f"a window must end after it starts: [{self.start_ms}, {self.end_ms})")

    @property
    def length_ms(self) -> int:
        """The window's length in ms."""
        return self.end_ms - self.start_ms


def tile(span: Window, length_ms: int, stride_ms: int | None = None) -> list[Window]:
    """Cut `span` into windows of `length_ms`, one every `stride_ms` (default: no overlap).

    Tiling stops at the first window that reaches the end of the span; it ends there. A last
    window that adds less than a second to the one before is joined to that one, and a span
    shorter than a window is one window.

    Raises:
        RequestError: a length under one second, or a stride outside 1…length.
    """
    stride_ms = length_ms if stride_ms is None else stride_ms
    if length_ms < 1_000:
        raise RequestError("A window must be at least 1 second long.")
    if not 1 <= stride_ms <= length_ms:
        raise RequestError("The stride must be above 0 and at most the window's length.")
    windows: list[Window] = []
    start_ms = span.start_ms
    while not windows or windows[-1].end_ms < span.end_ms:
        end_ms = min(start_ms + length_ms, span.end_ms)
        if windows and end_ms - windows[-1].end_ms < min(SHORTEST_TAIL_MS, stride_ms):
            windows[-1] = Window(windows[-1].start_ms, span.end_ms)
        else:
            windows.append(Window(start_ms, end_ms))
        start_ms += stride_ms
    return windows


def sparse(span: Window, length_ms: int, every_ms: int) -> list[Window]:
    """Take a window of `length_ms` from the middle of every `every_ms` of `span`, for a first look.

    What is left at the end counts as a stretch of its own if a window fits into it; a span shorter
    than that is one window.
    """
    windows: list[Window] = []
    for start_ms in range(span.start_ms, span.end_ms, every_ms):
        end_ms = min(start_ms + every_ms, span.end_ms)
        if windows and end_ms - start_ms < length_ms:
            break
        first_ms = max(start_ms, (start_ms + end_ms - length_ms) // 2)
        windows.append(Window(first_ms, min(first_ms + length_ms, end_ms)))
    return windows


def windows_of(span: Window, length_ms: int, stride_ms: int) -> list[Window]:
    """Return the windows to describe of `span`: sparse ones where the stride exceeds the length."""
    if stride_ms > length_ms:
        return sparse(span, length_ms, stride_ms)
    return tile(span, length_ms, stride_ms)
