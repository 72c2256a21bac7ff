"""Trains and evaluates the toy checkpoint: a tiny SmolVLM that knows the drawn world."""
