"""`manage.py person_add USERNAME --first-name --surname`: add somebody who can sign in; asks for the password.

The password is never an argument, where it would stay in the shell's history and show in the list of processes.
"""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.identity.operators import password_make, refusals_told
from evidence.identity.services import person_create


class Command(BaseCommand):
    """A person without a post can sign in and sees nothing: give one with post_give."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who it is."""
        parser.add_argument("username", help="name to sign in with")
        parser.add_argument("--first-name", required=True)
        parser.add_argument("--surname", required=True)
        parser.add_argument("--rank", default="", help="for example PC, Sgt; left out for police staff")
        parser.add_argument("--collar-number", default="", help="left out for those who have none")
        parser.add_argument("--email", default="")
        parser.add_argument("--generate", action="store_true", help="make a random password and print it, this once")

    def handle(self, *, username: str, generate: bool, **options: Any) -> None:
        """Add them."""
        names = ("first_name", "surname", "rank", "collar_number", "email")
        password = password_make() if generate else self._asked()
        with refusals_told():
            person = person_create(username=username, password=password, **{name: options[name] for name in names})
        self.stdout.write(f"Added {person.label}, who signs in as {person.username}. They hold no post yet: post_give.")
        if generate:
            self.stdout.write(f"Password, shown this once: {password}")

    def _asked(self) -> str:
        """The password as typed at the terminal, twice; or the first line of a pipe."""
        if not sys.stdin.isatty():
            given = sys.stdin.readline().rstrip("\n")
            if not given:
                raise CommandError("Give the password on standard input, or say --generate.")
            return given
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("The same again: "):
            raise CommandError("The two are not the same. Nobody was added; start again.")
        return password
