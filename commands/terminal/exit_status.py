"""How a command ends, as a number for scripts; the README lists them. Zero: all is done."""

EXIT_NOTHING_FOUND = 1
EXIT_ERROR = 2
EXIT_SOME_FAILED = 3
EXIT_INTERRUPTED = 130
