"""Puts clips into words: describers, checkpoints, hardware. Imported by the pipeline."""
