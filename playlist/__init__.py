"""Turns moments into things that play."""
