"""Turns moments into things that play. Imports search and indexer; imported by commands."""
