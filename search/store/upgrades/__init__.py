"""Brings older libraries up to date: their schema, transcripts in windows, mixed vectors."""
