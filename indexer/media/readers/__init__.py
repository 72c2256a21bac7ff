"""Readers of frames: one decoder each behind one protocol, tried in the registry's order."""
