"""From candidates to moments: scores, merging, sequences, confidence. Pure; for all."""
