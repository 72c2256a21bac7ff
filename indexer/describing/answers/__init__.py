"""What becomes of a model's answer: stopped in a loop, read as yes or no, cleaned. Pure."""
