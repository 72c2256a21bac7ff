"""What a library must survive: kills, mutants, moves, upgrades, full disks, many files."""
