"""Puts clips into words: describers, checkpoints, hardware. Imported by what follows it."""
