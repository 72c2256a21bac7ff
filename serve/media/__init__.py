"""Pictures and films of moments, as a browser takes them. Imported by the rest of serve."""
