"""Threads, child processes, signals and priorities; knows nothing of video."""
