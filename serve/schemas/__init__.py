"""Requests and replies as typed models, with examples. Imported by the rest of serve."""
