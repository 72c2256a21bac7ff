"""Whether a library is whole: its checksums and health, and mending what is not."""
