"""What becomes of a model's answer: cut at a loop, read as yes or no, cleaned. Pure; for all."""
