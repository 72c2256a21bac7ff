"""How a library is: what is odd about its folder and tables, and what to do about each thing."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from indexer.retry_policy import is_no_video
from search.integrity import checksums
from search.store.corruption import look, shown
from search.store.provenance import ANSWERED
from search.store.rows import VideoRow
from search.store.stored_paths import to_path
from search.store.tables import ROWS_BEFORE_TIDYING, Store

# Less room than this, or than the library itself takes, is too little to go on writing.
_ROOM_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a library; `remedy` says what to do about it and is empty if all is well.

    With `damaged`, something of it cannot be used as it is.
    """

    fact: str
    remedy: str = ""
    damaged: bool = False


_WORDY = Finding(
    "openings and repetitions of its descriptions are searched along with what they say",
    "`scenelist reembed`, or the next `scenelist index`, leaves them out",
)


def examine(folder: Path, store: Store, *, wordy: bool = False) -> list[Finding]:
    """Look at everything in a library; reads its tables whole, but no vectors.

    `wordy` says that its descriptions were embedded with all their words.
    """
    return [
        *_folder(folder),
        *_files(store),
        *_segments(store),
        *_sentences(store),
        *_pieces(store),
        *([_WORDY] if wordy else []),
    ]


def _folder(folder: Path) -> list[Finding]:
    size_bytes = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    free_bytes = shutil.disk_usage(folder).free
    room = f"{size_bytes / 1e6:.1f} MB, {free_bytes / 1e9:.1f} GB free on its disk"
    findings = [Finding(room)]
    if free_bytes < max(_ROOM_BYTES, size_bytes):
        findings = [Finding(room, "make room, or move the folder and name it with --library")]
    if os.name != "nt" and folder.stat().st_mode & 0o077:
        findings.append(Finding("other users can read its folder", f"chmod 700 {folder}"))
    if not os.access(folder, os.W_OK):
        findings.append(Finding("it is read-only", "searching works; indexing needs write access"))
    return findings


def _files(store: Store) -> list[Finding]:
    files = store.files()
    known = {row.fingerprint for row in store.videos()}
    failed = sum(bool(row.error) and not is_no_video(row.error) for row in files)
    missing = sum(not row.imported and not to_path(row.path).exists() for row in files)
    lost = sum(not row.error and row.fingerprint not in known for row in files)
    findings = [Finding(f"{_some(len(files), 'file')} of {_some(len(known), 'content')}")]
    if failed:
        findings.append(
            Finding(
                f"{_some(failed, 'file')} could not be read",
                "see `scenelist list --state failed`; `scenelist index --retry` tries them again",
            )
        )
    if missing:
        findings.append(
            Finding(
                f"{_some(missing, 'file')} cannot be found where last seen",
                "`scenelist index` on their new place finds them again, `scenelist relocate"
                " OLD NEW` moves a folder, `scenelist forget` drops them",
            )
        )
    if lost:
        findings.append(
            Finding(f"{_some(lost, 'file')} without a video", "run `scenelist index` on them")
        )
    return findings


def _segments(store: Store) -> list[Finding]:
    contents = {row.fingerprint: row for row in store.videos()}
    everything = Counter(store.windows())
    # Any number of answers about one window may be kept.
    windows = Counter({key: n for key, n in everything.items() if key[3] != ANSWERED})
    kept = everything.total() - windows.total()
    twice = windows.total() - len(windows)
    staged = sum(count for key, count in windows.items() if key[-1])
    orphans = sum(count for key, count in everything.items() if key[0] not in contents)
    findings = [Finding(_some(windows.total(), "window"))]
    if kept:
        findings.append(Finding(f"{_some(kept, 'answer')} that were kept"))
    if staged:
        fact = f"{_some(staged, 'window')} of an upgrade under way"
        findings.append(Finding(fact, "run `scenelist index` to its end"))
    findings += _unfinished(store, contents, {key[0] for key in windows})
    if orphans:
        fact = f"{_some(orphans, 'window')} of no video"
        findings.append(Finding(fact, "`scenelist doctor --repair` drops them"))
    if twice:
        findings.append(Finding(f"{_some(twice, 'window')} there twice", "please report it"))
    return findings


def _unfinished(store: Store, contents: dict[str, VideoRow], begun: set[str]) -> list[Finding]:
    """Say which of the contents lack descriptions; `begun` are those with any."""
    # What was described elsewhere is not here to be described.
    ours = {row.fingerprint for row in store.files() if not row.imported}
    partly = sum(not row.recipe for name, row in contents.items() if name in begun & ours)
    hollow = sum(bool(row.recipe) for name, row in contents.items() if name not in begun)
    facts = []
    if partly:
        facts.append(f"{_some(partly, 'video')} described in part")
    if hollow:
        facts.append(f"{_some(hollow, 'video')} called described, but without windows")
    return [Finding(fact, "run `scenelist index` on them") for fact in facts]


def _sentences(store: Store) -> list[Finding]:
    contents = {row.fingerprint for row in store.videos()}
    rows = store.sentences.words()
    counts = store.sentences.counts()
    begun = sum(not row.complete for row in rows)
    notes = sum(bool(row.note) for row in rows)
    orphans = len(set(counts) - contents)
    findings = [Finding(f"{_some(sum(counts.values()), 'sentence')} that are said")]
    if begun:
        findings.append(
            Finding(f"{_some(begun, 'video')} listened to in part", "run `scenelist index` on them")
        )
    if notes:
        findings.append(
            Finding(
                f"{_some(notes, 'video')} without all words, as the sound is damaged",
                "`scenelist index --only speech --retry` tries again",
            )
        )
    if orphans:
        findings.append(
            Finding(
                f"words of {_some(orphans, 'lost video')}", "`scenelist doctor --repair` drops them"
            )
        )
    return findings


def _pieces(store: Store) -> list[Finding]:
    strays = [
        Finding(f"{name} is a table that nothing points to", "`scenelist doctor --repair` drops it")
        for name in store.strays()
    ]
    if not store.searchable():
        damage = "its search index is damaged"
        return [*strays, Finding(damage, "`scenelist doctor --repair` makes it anew", damaged=True)]
    versions, waiting = store.untidiness()
    if waiting > 2 * ROWS_BEFORE_TIDYING or versions > 500:
        return [
            *strays,
            Finding(
                f"{_some(waiting, 'window')} outside the index, {_some(versions, 'old version')}",
                "any `scenelist index` puts that in order; searches are slower until then",
            ),
        ]
    return strays or [Finding("its tables are in order")]


def examine_bytes(folder: Path) -> list[Finding]:
    """Compare every file of the tables with its checksum; reads all of them."""
    findings = []
    for name in checksums.changed(folder):
        table = shown(name.partition(".")[0])
        findings.append(
            Finding(
                f"the table of {table} is damaged ({name} is not what was written)",
                "`scenelist doctor --repair` saves what can be read",
                damaged=True,
            )
        )
    for damage in look(folder):
        if not any(damage.table in finding.fact for finding in findings):
            where = "search index of the table" if damage.index else "table"
            how = "missing" if damage.missing else "damaged"
            fact = f"the {where} of {damage.table} is {how}"
            findings.append(Finding(fact, "`scenelist doctor --repair` mends it", damaged=True))
    unchecked = checksums.unknown(folder)
    if unchecked:
        fact = f"{_some(unchecked, 'file')} of the tables without a checksum yet"
        findings.append(Finding(fact, "any `scenelist index` makes those"))
    return findings or [Finding("every byte of its tables is what was written")]


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
