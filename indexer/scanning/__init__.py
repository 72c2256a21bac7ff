"""Which files there are: folders walked and followed, patterns, fingerprints. For all."""
