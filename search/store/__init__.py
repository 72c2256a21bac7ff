"""A library on disk: LanceDB's tables, one writer, snapshots, indexes, migrations, health."""
