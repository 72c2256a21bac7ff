"""Which files a library has, how each is, which a name means, which are hidden. For search."""
