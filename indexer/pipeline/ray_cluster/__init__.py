"""Many machines in one run, through Ray; imported by `index` where a cluster is asked for."""
