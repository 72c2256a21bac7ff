"""Keeps descriptions and finds moments in them; `from search import Library` is the way in."""
