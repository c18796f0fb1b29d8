"""`manage.py vault_release OBJECT --as NAME --reason TEXT`: read a file in quarantine again; release it if it is right.

Nothing is mended here: whoever has restored the file from a replica asks for this afterwards. An evidence manager
answers for it; a terminal proves no name, so the security log says by which account of the system it was given.
"""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.http.errors import AppError
from evidence.identity.models import SecurityKind
from evidence.identity.operators import person_named, refusals_told
from evidence.identity.roles import Role
from evidence.identity.services import power_log
from evidence.identity.who import who_is
from evidence.vault.models import CheckResult
from evidence.vault.queries import objects_quarantined
from workers.handlers.quarantine import owner_of, quarantine_release


class Command(BaseCommand):
    """Exit status 1 where the file is not what was sealed, or is not in quarantine."""

    help = "Reads a file in quarantine again and releases it if it is what was sealed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file, who answers for it, and why."""
        parser.add_argument("object", type=UUID, help="id of the file in the vault, as verify_vault shows it")
        parser.add_argument("--as", dest="username", required=True, help="sign-in name of an evidence manager")
        parser.add_argument("--reason", required=True, help="for the custody record: what was done to restore it")

    def handle(self, *, username: str, reason: str, **options: Any) -> None:
        """Read it, release it or say why not."""
        with refusals_told():
            person = person_named(username)
        who = who_is(person)
        if not who.has(Role.EVIDENCE_MANAGER):
            raise CommandError(f"{person.label} is no evidence manager. Only an evidence manager releases a file.")
        if not reason.strip():
            raise CommandError("Say what was done to restore the file: --reason TEXT.")
        stored = objects_quarantined().filter(pk=options["object"]).first()
        if stored is None:
            raise CommandError("No file of this id is in quarantine. `manage.py verify_vault` lists those that are.")
        power_log(kind=SecurityKind.NAME_ASSERTED, about=person, detail=f"vault_release {stored.key}")
        try:
            checked = quarantine_release(stored=stored, actor=who.actor, reason=reason.strip())
        except AppError as error:
            raise CommandError(error.message) from error
        if checked.result != CheckResult.SOUND:
            raise CommandError(f"{stored.key} stays in quarantine. {checked.says}")
        self.stdout.write(f"{stored.key} is what was sealed, and released. {owner_of(stored).says}.")
