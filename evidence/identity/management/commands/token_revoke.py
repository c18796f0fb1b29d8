"""`manage.py token_revoke --label TEXT`: end every live token of this label, of a dock (its name) or of a program."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.identity.models import AccessToken
from evidence.identity.services import token_revoke


class Command(BaseCommand):
    """Requests that carry such a token are refused from now on."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which."""
        parser.add_argument("--label", required=True, help="what it was made for; for a dock its name")

    def handle(self, *, label: str, **_: Any) -> None:
        """End them."""
        live = list(AccessToken.objects.filter(label=label, revoked_at=None))
        if not live:
            known = AccessToken.objects.filter(revoked_at=None).order_by("label").values_list("label", flat=True)
            labels = "; ".join(dict.fromkeys(known)) or "none"
            raise CommandError(f"No live token is labelled '{label}'. Live ones: {labels}.")
        for token in live:
            token_revoke(token=token)
        self.stdout.write(f"Ended {len(live)} token{'s' if len(live) > 1 else ''} labelled '{label}'.")
