"""Threads, child processes, signals, priorities; knows nothing of video. For all."""
