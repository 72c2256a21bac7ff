"""A library on disk: tables, one writer, snapshots, indexes, migrations. For search alone."""
