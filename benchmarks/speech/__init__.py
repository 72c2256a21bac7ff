"""Measures speech to text and the search of what is said; `python -m benchmarks.speech`."""
