"""Command line: `python -m data_gen --help`."""

import sys

from .commands import main

if __name__ == "__main__":
    sys.exit(main())
