"""`manage.py lanes_prepare [--at-most N] [--again]`: have recordings prepared for what came with later versions.

Speech lane and loudness, for whatever has sound and lacks them. Says how it stands; may be run as often as wanted.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.recordings.services.lanes import Lanes, lanes_ask

AT_MOST = 200


class Command(BaseCommand):
    """Asks for jobs; workers of the queue `proxy` do them."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many, and whether failed ones too."""
        parser.add_argument(
            "--at-most", type=int, default=AT_MOST, help=f"jobs under way at a time ({AT_MOST}); 0: only say"
        )
        parser.add_argument("--again", action="store_true", help="try what failed or was cancelled once more")

    def handle(self, *, at_most: int, again: bool, **_: Any) -> None:
        """Ask, and say how it stands."""
        if at_most < 0:
            raise CommandError("--at-most cannot be less than 0.")
        for line in _words(lanes_ask(at_most=at_most, is_again=again)):
            self.stdout.write(line)


def _words(lanes: Lanes) -> list[str]:
    voice = (
        "Speech lane: off (CONTINUITY_VOICE_LANE)."
        if lanes.without_voice is None
        else f"Without a speech lane: {lanes.without_voice:,} files."
    )
    said = [voice, f"Without loudness: {lanes.without_loudness:,} files."]
    said.append(f"Asked for now: {lanes.asked:,}. Under way: {lanes.under_way:,}.")
    if lanes.left_alone:
        said.append(f"Failed or cancelled before, and left alone: {lanes.left_alone:,}. Try them again with --again.")
    if not lanes.under_way and not lanes.left_alone and not lanes.without_voice and not lanes.without_loudness:
        said.append("Nothing is missing.")
    return said
