"""Option groups that commands share: how to search, describe, write. Imported by commands."""
