"""Which files there are: folders walked and followed, ignore patterns, content fingerprints."""
