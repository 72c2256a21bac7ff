"""Sound to words in a process of its own: the protocol and its kinds. Imported by speech."""
