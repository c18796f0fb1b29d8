"""`manage.py vault_selftest`: try the vault's store and print what it keeps and what it does not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.vault.errors import VaultFull, VaultUnavailable
from evidence.vault.selftest import WRITE_ONCE
from evidence.vault.services import vault_selftest


class Command(BaseCommand):
    """Exit status 1 when the store does not do what the product relies on."""

    help = "Tries the vault's store: put, overwrite, range, checksum, delete. Prints what it cannot enforce."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the test and print one line a check."""
        try:
            found = vault_selftest()
        except (VaultUnavailable, VaultFull) as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Vault: {found.store}")
        for check in found.checks:
            verdict = "pass" if check.is_passed else "NO" if check.name == WRITE_ONCE else "FAIL"
            self.stdout.write(f"  {verdict:<4}  {check.name:<12} {check.says}")
        if not found.is_sound:
            raise CommandError("The vault does not do what the product relies on. Do not use this store.")
