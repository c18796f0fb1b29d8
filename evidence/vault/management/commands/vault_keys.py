"""`manage.py vault_keys list|new|rotate|retire`: the keys that wrap the keys of encrypted files.

`list` names the ring's keys and how many files each serves; `new` makes one, which wraps from then on; `rotate` wraps
everything anew by the newest; `retire KEY` takes one out of the ring that serves no file any more.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evidence.http.errors import AppError
from evidence.vault.services import (
    FILE_PROVIDER,
    keys_in_use,
    keys_rotate,
    ring_current,
    ring_key_make,
    ring_key_retire,
)


class Command(BaseCommand):
    """Exit status 1 where it was refused, or some keys of files could not be wrapped anew."""

    help = "Lists, makes and retires the keys that wrap the keys of encrypted files; wraps those anew by the newest."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and for `retire` with which key."""
        parser.add_argument("action", choices=["list", "new", "rotate", "retire"])
        parser.add_argument("key", nargs="?", default="", help="with retire: the key, as `list` names it")

    def handle(self, *, action: str, key: str, **options: Any) -> None:
        """Do it; say what it means."""
        if bool(key) != (action == "retire"):
            raise CommandError("Name the key with retire, and only with it: manage.py vault_keys retire KEY")
        try:
            if action == "retire":
                self._retire(key)
            else:
                {"list": self._list, "new": self._new, "rotate": self._rotate}[action]()
        except AppError as error:
            raise CommandError(error.message) from error

    def _list(self) -> None:
        used = keys_in_use()
        if not used and not ring_current().is_there():
            self.stdout.write("No file is encrypted, and there is no key ring.")
            return
        keys = ring_current().all_keys() if ring_current().is_there() else []
        for place, ring_key in enumerate(keys, start=1):
            made = timezone.localtime(ring_key.made_at)
            count = used.pop((FILE_PROVIDER, ring_key.id), 0)
            wraps = ", wraps" if place == len(keys) else ""
            self.stdout.write(f"{ring_key.id}  made {made:%d %b %Y %H:%M}  {count:,} files{wraps}")
        for (provider, key_id), count in sorted(used.items()):
            missing = ", MISSING: these files cannot be read" if provider == FILE_PROVIDER else ""
            self.stdout.write(f"{key_id}  of {provider}  {count:,} files{missing}")

    def _new(self) -> None:
        made = ring_key_make()
        self.stdout.write(f"{made.id} wraps from now on. Back the key ring up now, apart from database and vault.")

    def _rotate(self) -> None:
        rotated = keys_rotate(lambda count: self.stdout.write(f"{count:,} wrapped anew"))
        for says, count in rotated.failures.most_common():
            self.stderr.write(f"{count:,} not: {says}")
        if rotated.failures:
            raise CommandError("Some keys were left as they were. Do what is said above, then run this again.")
        self.stdout.write(f"Every file's key is wrapped by the newest key now; {rotated.count:,} were changed.")

    def _retire(self, key: str) -> None:
        ring_key_retire(key)
        self.stdout.write(f"{key} is out of the key ring. Destroy the ring's older backups too, if it must be gone.")
