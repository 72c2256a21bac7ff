"""What a playlist can be written as: one file a format, one line in the registry."""
