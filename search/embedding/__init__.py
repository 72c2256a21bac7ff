"""Texts to vectors: the embedder protocol and its registry. For store and what follows."""
