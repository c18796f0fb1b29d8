"""`python3 -m config.bootstrap run|test`: makes this checkout able to run, or to run and be tested.

A second call finds everything in place and only prints the table. Exit status 1 says what to install, and how.
"""

import argparse
import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line is for the Python that is too old
    sys.exit(
        f"Continuity needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.\n"
        "Install one, or name it: make PYTHON=/path/to/python3.11 run"
    )

from config.bootstrap import packages, system, tools


def main() -> int:
    """Sets up for the purpose named on the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="config.bootstrap", description=__doc__)
    parser.add_argument("purpose", choices=["run", "test"], help="what this checkout will be used for")
    purpose = parser.parse_args().purpose
    try:
        packages.environment_sync(purpose=purpose)
        taken = tools.tools_take(purpose=purpose)
    except system.SetupFailed as failure:
        system.say(f"\n{failure}")
        return 1
    system.say(tools.table(taken))
    return tools.verdict(taken, is_all_required=os.environ.get("REQUIRE_ALL") == "1")


if __name__ == "__main__":
    sys.exit(main())
