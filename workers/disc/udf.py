"""The image of a tree that holds a file of 4 GiB or more: UDF, Joliet and ISO 9660 views, written by pycdlib.

Run as a process of its own (`python -m workers.disc.udf`), because pycdlib stamps the present moment into every record
and takes an identifier at random: here the process's clock stands still at the given moment and its random numbers are
seeded, so that the same tree gives the same bytes. Use `workers.disc.image`, which chooses between this and xorriso.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pycdlib

from workers.disc.planning import SECTOR_BYTES

_BLOCK_BYTES: Final = 1024 * 1024
_FILE_MODE: Final = 0o100444
_DIRECTORY_MODE: Final = 0o040555


def main(arguments: Sequence[str]) -> int:
    """Print the exact size in bytes, or with `--out` write the image; progress goes to stderr as `done total`."""
    parser = argparse.ArgumentParser(prog="python -m workers.disc.udf", description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("volume_id")
    parser.add_argument("made_at_epoch_s", type=int)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    _stop_clock(given.made_at_epoch_s)
    image = _image_of(given.tree, given.volume_id)
    try:
        if given.out is None:
            image.force_consistency()
            sys.stdout.write(f"{image.pvd.space_size * SECTOR_BYTES}\n")
        else:
            with given.out.open("wb") as out:
                image.write_fp(out, blocksize=_BLOCK_BYTES, progress_cb=_progress_said())
    finally:
        image.close()
    return 0


def _progress_said() -> Callable[[int, int], None]:
    # pycdlib calls for every block; a person wants whole per cents
    said_percent = -1

    def say(done_bytes: int, total_bytes: int) -> None:
        nonlocal said_percent
        percent = 100 * done_bytes // max(total_bytes, 1)
        if percent > said_percent:
            said_percent = percent
            sys.stderr.write(f"{done_bytes} {total_bytes}\n")
            sys.stderr.flush()

    return say


def _stop_clock(epoch_s: int) -> None:
    time.time = lambda: float(epoch_s)
    random.seed(epoch_s)


def _image_of(tree: Path, volume_id: str) -> Any:
    image = pycdlib.PyCdlib()
    image.new(interchange_level=3, vol_ident=volume_id, joliet=3, rock_ridge="1.09", udf="2.60")
    _directory_add(image, tree, iso_parent="", parent="")
    return image


def _directory_add(image: Any, directory: Path, *, iso_parent: str, parent: str) -> None:
    # Names in the plain ISO view are numbers: it allows 8 upper-case characters everywhere; people read another view.
    for number, entry in enumerate(sorted(directory.iterdir(), key=lambda each: each.name)):
        path = f"{parent}/{entry.name}"
        views = {"rr_name": entry.name, "joliet_path": path, "udf_path": path}
        if entry.is_dir():
            iso_path = f"{iso_parent}/D{number:07}"
            image.add_directory(iso_path, file_mode=_DIRECTORY_MODE, **views)
            _directory_add(image, entry, iso_parent=iso_path, parent=path)
        else:
            image.add_file(str(entry), f"{iso_parent}/F{number:07}.;1", file_mode=_FILE_MODE, **views)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
