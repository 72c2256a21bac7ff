"""Texts to vectors: the embedder protocol and its registry. Imported by store and search."""
