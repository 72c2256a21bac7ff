"""The decoding processes: a crash in one costs a file, not the run. Imported by the pipeline."""
