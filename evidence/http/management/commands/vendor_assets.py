"""`manage.py vendor_assets DIR`: takes the browser's third-party files out of the npm tarballs in DIR.

What is taken and how it is checked lives in `evidence.http.vendor_assets`. Without DIR it only prints the command that
fetches the tarballs.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.http.vendor_assets import AssetMismatchError, assets_vendor, npm_pack_command


class Command(BaseCommand):
    """Refresh `static/vendor/` from checked tarballs."""

    help = "Take the browser's third-party files out of npm tarballs, checked against the committed list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """DIR: the folder that `npm pack` filled."""
        parser.add_argument("tarballs", nargs="?", type=Path, metavar="DIR")

    def handle(self, *args: Any, tarballs: Path | None = None, **options: Any) -> None:
        """Write the files, or say how to fetch the tarballs."""
        if tarballs is None:
            self.stdout.write(npm_pack_command(destination=Path("DIR")))
            return
        try:
            written = assets_vendor(tarballs=tarballs)
        except FileNotFoundError as missing:
            fetch = npm_pack_command(destination=tarballs)
            raise CommandError(f"{missing.filename} is not there. Fetch the tarballs first: {fetch}") from missing
        except AssetMismatchError as mismatch:
            raise CommandError(str(mismatch)) from mismatch
        self.stdout.write(f"{len(written)} files written.")
