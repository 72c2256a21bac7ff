"""What a playlist can be written as: a file and a registry line each. Imported by playlist."""
