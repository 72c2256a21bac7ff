"""Option groups that commands share: how to search, how to describe, what to write."""
