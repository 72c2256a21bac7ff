"""Descriptions and sentences as JSON lines, from one library into another. For `Library`."""
