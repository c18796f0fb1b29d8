"""`manage.py ingest FILE...`: take files of this machine into evidence, through the same service as every upload."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.custody.parties import Actor, system
from evidence.http.errors import AppError
from evidence.http.ranges import safe_name
from evidence.identity.models import Person
from evidence.identity.who import who_is
from evidence.ingest.models import UploadState
from evidence.ingest.services import file_take, sender_require

IMPORT = system("Folder import")


class Command(BaseCommand):
    """One line a file: id of the recording, SHA-256, state, name. The others go on when one fails."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files and what is known of them."""
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--officer", default="", help="collar number or id of the officer who recorded them")
        parser.add_argument("--camera", default="", help="serial number of the camera")
        parser.add_argument("--recorded-at", default="", help="when recording began, for example 2026-11-22T19:04:31Z")
        parser.add_argument("--incident", default="", help="command-and-control number")
        parser.add_argument("--as", dest="username", default="", help="sign-in name of the person who does this")

    def handle(self, *, files: list[str], username: str, **told: Any) -> None:
        """Take each file; a status other than 0 when any was not sealed."""
        actor = _actor(username)
        facts = {name: told[name] or "" for name in ("officer", "camera", "recorded_at", "incident")}
        metadata = {name: value for name, value in facts.items() if value}
        failed = sum(not self._taken(Path(name), actor, metadata) for name in files)
        if failed:
            raise CommandError(f"{failed} of {len(files)} files were not sealed; the lines above say why.")

    def _taken(self, path: Path, actor: Actor, metadata: dict[str, str]) -> bool:
        shown = safe_name(str(path.name)).encode(errors="replace").decode()
        try:
            upload = file_take(actor=actor, source=path, metadata=metadata)
        except AppError as error:
            self.stderr.write(f"{shown}: {error.message}")
            return False
        if upload.state != UploadState.SEALED or upload.file is None:
            self.stderr.write(f"{shown}: {upload.problem}")
            return False
        self.stdout.write(f"{upload.file.recording_id}  {upload.sha256}  {upload.get_state_display().lower()}  {shown}")
        return True


def _actor(username: str) -> Actor:
    """The person named, who must be allowed to send recordings in; without a name, the import itself."""
    if not username:
        return IMPORT
    person = Person.objects.filter(username__iexact=username, is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody signs in as '{username}'. Check the name.")
    who = who_is(person)
    try:
        sender_require(who)
    except AppError as error:
        raise CommandError(error.message) from error
    return who.actor
