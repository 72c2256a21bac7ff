"""Writes what is said: sentences, how far they reach, and what of them each window says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from indexer.speech.speech_ledger import WordsRecord
from indexer.speech.transcribing.sentences import Sentence
from indexer.speech.transcript import Cue, transcript
from indexer.windows import Window
from search.embedding.embedder import Embedder
from search.store.rows import SentenceRow, WordsRow
from search.store.tables import Store
from search.store.writing.embedded_text import Told, embedded, nobody
from search.store.writing.paths import PathWriter

# Videos whose words are held in memory while they are described.
_HELD = 16


class WordsWriter(PathWriter):
    """Implements the indexer's memory of what is said, and of the files in which it is."""

    def __init__(self, store: Store, embedder: Callable[[], Embedder]) -> None:
        super().__init__(store)
        self._embedder = embedder
        self._words: dict[str, dict[str, WordsRow]] = {}
        for words in store.sentences.words():
            self._words.setdefault(words.fingerprint, {})[words.key] = words
        self._said: dict[str, list[Cue]] = {}

    def words(self, fingerprint: str) -> WordsRecord | None:
        """Return how the words of a content came about that are searched now."""
        rows = self._words.get(fingerprint, {}).values()
        return next((_record(row) for row in rows if row.complete), None)

    def begin_words(self, fingerprint: str, key: str, *, anew: bool = False) -> WordsRecord:
        """Return how far words under this key have come; what came after that is dropped.

        `anew` drops all of them.
        """
        row = None if anew else self._words.get(fingerprint, {}).get(key)
        record = _record(row) if row is not None else WordsRecord(key, False)
        self._store.sentences.drop_after(fingerprint, key, record.heard_ms)
        return record

    def put_words(self, fingerprint: str, record: WordsRecord, said: Sequence[Sentence]) -> None:
        """Keep some sentences, and how far they reach.

        They wait where words under another key are searched until these are whole.
        """
        others = self.words(fingerprint)
        staged = others is not None and others.key != record.key
        self.add_sentences(
            [
                SentenceRow(
                    fingerprint, s.start_ms, s.end_ms, s.text, s.language, record.key, staged
                )
                for s in said
            ]
        )
        row = _words_row(fingerprint, replace(record, complete=False))
        known = self._words.setdefault(fingerprint, {})
        if (before := known.get(record.key)) is not None:
            row = replace(row, complete=before.complete)
        self._store.sentences.put_words(row)
        known[record.key] = row

    def finish_words(self, fingerprint: str, record: WordsRecord) -> None:
        """All words under the record's key are there: they take the place of all others.

        Windows that are described already get what is said in them.
        """
        self.know_words(fingerprint, record)
        said = self._cues(fingerprint)
        self.subtitle(fingerprint, lambda window: transcript(said, window))

    def know_words(self, fingerprint: str, record: WordsRecord) -> None:
        """Let the sentences under the record's key take the place of all others of a content."""
        row = _words_row(fingerprint, replace(record, complete=True))
        self._store.sentences.replace(fingerprint, row)
        self._words[fingerprint] = {record.key: row}
        self._said.pop(fingerprint, None)

    def subtitle(self, fingerprint: str, said: Callable[[Window], str]) -> int:
        """Let a content's windows have other transcripts; return how many that changed."""
        changed = [
            replace(row, transcript=words)
            for row in self._store.segments(fingerprint, staged=None)
            if (words := said(Window(row.start_ms, row.end_ms))) != row.transcript
        ]
        if changed:
            self._store.rewrite_segments(changed)
        return len(changed)

    def add_sentences(self, rows: Sequence[SentenceRow], told: Told = nobody) -> None:
        """Embed and keep sentences; `told` hears how many of them are embedded."""
        if rows:
            vectors = embedded(self._embedder(), [row.text for row in rows], told)
            self._store.sentences.add(rows, vectors)

    def _cues(self, fingerprint: str) -> list[Cue]:
        """Return what is said in a content, as far as that is whole."""
        if fingerprint not in self._said:
            whole = self.words(fingerprint) is not None
            rows = self._store.sentences.of(fingerprint) if whole else []
            while len(self._said) >= _HELD:
                del self._said[next(iter(self._said))]
            self._said[fingerprint] = [Cue(r.start_ms, r.end_ms, r.text) for r in rows]
        return self._said[fingerprint]

    def _let_go(self, fingerprint: str) -> None:
        super()._let_go(fingerprint)
        self._words.pop(fingerprint, None)
        self._said.pop(fingerprint, None)


def _record(row: WordsRow) -> WordsRecord:
    return WordsRecord(row.key, row.complete, row.heard_ms, row.beside, row.note, row.voice_ms)


def _words_row(fingerprint: str, record: WordsRecord) -> WordsRow:
    return WordsRow(
        fingerprint,
        record.key,
        record.complete,
        record.heard_ms,
        record.beside,
        record.note,
        record.voice_ms,
    )
