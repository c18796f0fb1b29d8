"""Lets the sandbox run this package: ``python -m workers.media OP ARGS``."""

import sys

from workers.media.cli import main

sys.exit(main(sys.argv[1:]))
