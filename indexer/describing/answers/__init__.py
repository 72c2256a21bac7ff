"""What becomes of a model's answer: stopped where it repeats itself, read as yes or no, cleaned. Pure."""
