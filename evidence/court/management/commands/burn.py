"""`manage.py burn DISC --device /dev/sr0`: burn a disc's image, read it back, and put both on the record.

A deed that cannot be rolled back: the intent is written before the first byte, the outcome after the last was read
back; a burning that was killed in between is found by a sweep. Somebody must answer for it, so the command wants a
person's sign-in name unless the account it runs under is one. A terminal proves no name: the custody record says that
this one was asserted, and the security log by which account of the operating system.
"""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.court.models import Disc
from evidence.court.queries import disc_by_id
from evidence.court.services import burn_begin, burn_end
from evidence.custody.intents import intent_kept
from evidence.http.errors import AppError
from evidence.http.templatetags.words import duration, size
from evidence.identity.errors import Denied
from evidence.identity.models import Person, SecurityKind
from evidence.identity.operators import account_name
from evidence.identity.services import denial_record, power_log
from evidence.identity.who import Who, who_is
from evidence.vault.services import object_local
from workers.disc.burn import BurnReport, burn
from workers.disc.device import device_checked
from workers.disc.errors import DiscError
from workers.exec.errors import ExecError

INTERRUPTED = "interrupted"


class Command(BaseCommand):
    """Exit status 1 and a sentence when the disc was not burned or does not read back right."""

    help = "Burns a disc's image to a drive (or to a file posing as one), reads it back and records the outcome."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which disc, where to, and who does it."""
        parser.add_argument("disc", type=UUID, help="id of the disc, as its page shows it")
        parser.add_argument("--device", required=True, help="/dev/sr0, or the path of a file posing as a drive")
        parser.add_argument("--as", dest="username", default="", help="sign-in name of the person who burns it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, note the intent, burn, read back, note the outcome."""
        person = _person(options["username"])
        who = who_is(person)
        try:
            disc = disc_by_id(options["disc"])
            # what cannot be written to is said before anything goes into the record
            device = device_checked(options["device"], size_bytes=disc.image.size_bytes)
            self._asserted(person, disc)
            intent = burn_begin(who=who, disc=disc, is_drive=device.is_drive, is_asserted=True)
            report = self._burned(who, disc, intent, options["device"])
        except Denied as denied:
            denial_record(denied)
            raise CommandError(denied.message) from denied
        except (AppError, DiscError, ExecError) as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"{disc.volume_id}: {size(report.size_bytes)} burned in {duration(report.write_s)} and read back right in "
            f"{duration(report.verify_s)}.\nWrite on the disc:\n{disc.label}"
        )

    def _asserted(self, person: Person, disc: Disc) -> None:
        """Before anything is decided, so that a name that was refused is known as well."""
        power_log(kind=SecurityKind.NAME_ASSERTED, about=person, detail=f"burn {disc.volume_id}, disc {disc.id}")
        self.stderr.write(
            f"On the record as {person.label}, whose name was given at this terminal by the account {account_name()}. "
            "Nobody signed in: the custody record says so, and the security log names the account."
        )

    def _burned(self, who: Who, disc: Disc, intent: UUID, device: str) -> BurnReport:
        try:
            with intent_kept(intent), object_local(disc.image) as image:
                report = self._burn(image, device, disc)
        except (AppError, DiscError, ExecError) as error:
            burn_end(who=who, disc=disc, intent=intent, failure_code=error.code)
            raise
        except KeyboardInterrupt:
            burn_end(who=who, disc=disc, intent=intent, failure_code=INTERRUPTED)
            raise
        burn_end(who=who, disc=disc, intent=intent)
        return report

    def _burn(self, image: Path, device: str, disc: Disc) -> BurnReport:
        shown = -1

        def progress(done: int, total: int) -> None:
            nonlocal shown
            percent = 100 * done // max(total, 1)
            if percent >= shown + 10:
                shown = percent
                self.stderr.write(f"{percent} % written and read back")

        return burn(image, device, expected_sha256=disc.image.sha256, on_progress=progress)


def _person(username: str) -> Person:
    """Who burns: the person named, else the person whose sign-in name is that of this account."""
    name = username or account_name()
    person = Person.objects.filter(username__iexact=name, is_active=True).first()
    if person is None and username:
        raise CommandError(f"Nobody signs in as {username}. Give the sign-in name of somebody who may hand out discs.")
    if person is None:
        raise CommandError("Say who burns this disc: --as SIGN-IN-NAME. The record needs a person who answers for it.")
    return person
