"""The decoding processes: what crashes or hangs in one costs a file, not the run."""
