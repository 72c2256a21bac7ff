"""An indexing run: planned, decoded ahead, described, committed. For commands and programs."""
