"""The commands of `scenelist`, one file each."""
