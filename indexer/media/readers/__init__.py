"""Readers of frames: one decoder each behind a protocol and a registry. For decoding."""
