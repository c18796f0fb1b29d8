"""Video beside what anybody else would run: redactions, a cut, every face, detection, preparation; with their aims.

`make bench-video` prints the tables of docs/performance.md; `make bench-video ARGS="--only cut,faces"` some of them.
Every program is a process of its own, one after the other on one machine, so ratios mean something wherever they are
measured; wall times do only where nothing else is at work. Real footage is looped where it lies beside the checkout
(CONTINUITY_REAL_MEDIA names its folder), else films are made. `smartcut` (PyPI, not a dependency) is measured where
SMARTCUT names the program.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.video_costs import compiled, say
from tests.bench.video_films import BODY_WORN, FACES
from tests.bench.video_rows import GROUPS


def groups(text: str) -> Sequence[str]:
    """The names in `a,b`. Raises ArgumentTypeError for one that there is not."""
    chosen = text.split(",")
    unknown = sorted(set(chosen) - set(GROUPS))
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    return chosen


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    told = f"these groups of rows only, in this order: {','.join(GROUPS)} (all of them take some 20 minutes)"
    parser.add_argument("--only", type=groups, default=list(GROUPS), metavar="A,B", help=told)
    chosen = parser.parse_args().only
    films = [f"{'real' if film.is_file() else 'made'} ({film.name})" for film in (BODY_WORN, FACES)]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    say(f"720p: {films[0]}; 1080p: {films[1]}. {len(os.sched_getaffinity(0))} cores, load before: {load}\n")
    if "cut" in chosen and not os.environ.get("SMARTCUT"):
        say("smartcut is not measured: SMARTCUT does not name its program.\n")
    compiled()
    with tempfile.TemporaryDirectory(prefix="bench-video-") as name:
        for group in chosen:
            GROUPS[group](Path(name))


if __name__ == "__main__":
    main()
