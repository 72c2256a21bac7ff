"""Turns moments into things that play. Imports search and indexer; for answering and beyond."""
