"""Makes the rows of a library's tables agree with one another, after some of them were lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from indexer.recipe import Recipe
from indexer.windows import Window, windows_of
from search.store.provenance import ANSWERED
from search.store.rows import VideoRow, WordsRow
from search.store.tables import Store


def drop_lost_words(store: Store, here: set[str]) -> None:
    """Drop what is said in no video; what cannot be found anew is called whole as it is.

    `here` are the contents that are at hand, to be listened to again.
    """
    rows = store.sentences.words()
    contents = {row.fingerprint for row in store.videos()}
    said = [(row.fingerprint, row.key, row.end_ms) for row in store.sentences.every()]
    orphans = sorted({name for name, *_ in said} | {row.fingerprint for row in rows})
    store.sentences.drop([name for name in orphans if name not in contents])
    known = {(row.fingerprint, row.key) for row in rows}
    ends: dict[tuple[str, str], int] = {}
    for name, key, end_ms in said:
        if name in contents - here and (name, key) not in known:
            ends[name, key] = max(end_ms, ends.get((name, key), 0))
    for (name, key), end_ms in sorted(ends.items()):
        store.sentences.put_words(WordsRow(name, key, True, end_ms, "", "", 0))


def match_videos_to_windows(
    store: Store, recipes: dict[str, Recipe], told: Callable[[str], None], *, lost: bool
) -> None:
    """Drop windows of nothing, and mark videos that are not whole to be described again.

    With `lost`, windows of any video may be missing, and those that should be there are counted.
    """
    windows, described = _windows(store)
    videos = {row.fingerprint: row for row in store.videos()}
    named = {row.fingerprint for row in store.files()}
    if orphans := sorted(windows.keys() - videos.keys() - named):
        count = sum(len(windows[name]) for name in orphans)
        store.drop_videos(orphans)
        told(f"{count:,} windows of no video were dropped")
    if nameless := sorted((windows.keys() & named) - videos.keys()):
        store.put_videos([_guessed(name, windows[name]) for name in nameless])
        told(f"{len(nameless):,} videos are known again by their windows")
    partial = [
        replace(row, recipe="")
        for row in videos.values()
        if row.recipe
        and not _is_whole(row, described.get(row.fingerprint, set()), recipes, lost=lost)
    ]
    if partial:
        store.put_videos(partial)
        told(f"{len(partial):,} videos lack descriptions: `scenelist index` on them makes those")
    if unseen := sum(row.fingerprint not in named for row in videos.values()):
        told(
            f"{unseen:,} videos are known by no path: `scenelist index` on their folders finds"
            " them by their content"
        )


def _windows(store: Store) -> tuple[dict[str, set[Window]], dict[str, set[Window]]]:
    """Return the windows of each content, and those of them that are described."""
    windows: dict[str, set[Window]] = {}
    described: dict[str, set[Window]] = {}
    for fingerprint, start_ms, end_ms, recipe, _ in store.windows():
        window = Window(start_ms, max(end_ms, start_ms + 1))
        windows.setdefault(fingerprint, set()).add(window)
        if recipe != ANSWERED:
            described.setdefault(fingerprint, set()).add(window)
    return windows, described


def _is_whole(row: VideoRow, there: set[Window], recipes: dict[str, Recipe], *, lost: bool) -> bool:
    """Whether a video that is called complete is; a picture that stood for long may be less."""
    recipe = recipes.get(row.recipe)
    if not there or not lost or recipe is None:
        return bool(there)
    span = Window(row.start_ms, max(row.end_ms, row.start_ms + 1))
    return there >= set(windows_of(span, recipe.window_ms, recipe.stride_ms))


def _guessed(fingerprint: str, windows: set[Window]) -> VideoRow:
    start_ms = min(window.start_ms for window in windows)
    end_ms = max(window.end_ms for window in windows)
    return VideoRow(fingerprint, end_ms, start_ms, end_ms, 0, 0, "", "")
