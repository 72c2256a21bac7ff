"""Writes to a library: paths, words and windows; what of them is embedded, and embedding anew."""
