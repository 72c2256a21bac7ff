"""The `scenelist` command: parse, wire, print."""


def main() -> None:
    """Run the command line."""
