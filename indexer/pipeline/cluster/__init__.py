"""Many machines in one run, through Ray."""
