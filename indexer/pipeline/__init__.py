"""An indexing run: planned, decoded ahead, described in batches, committed, reported."""
