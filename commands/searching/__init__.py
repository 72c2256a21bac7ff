"""`scenelist search` in steps: ask, look again, tell. Imported by commands that show answers."""
