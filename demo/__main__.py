"""`python -m demo` starts the demo and stays until Ctrl-C; `python -m demo stop` ends one that was left behind."""

from __future__ import annotations

import argparse
import sys

from demo import command


def main() -> int:
    """0 after a demo that was ended, 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    command.add_arguments(parser)
    return command.run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
