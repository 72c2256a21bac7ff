"""The commands of `scenelist`, one file each; the only code that prints. Imported by cli.py."""
