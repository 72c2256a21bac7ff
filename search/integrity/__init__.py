"""Whether a library is whole: its checksums and health, and mending it. For `Library`."""
