"""Watches video: windows, frames, descriptions."""
