"""What the commands of an operator at a terminal share: finding by name what was typed, and saying refusals plainly.

No writes here; those are the services'. An operator is trusted with the machine and asks no policy, which is why
nothing that touches evidence may be added to these commands.
"""

import os
import pwd
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from evidence.http.errors import AppError, NotFound
from evidence.identity.models import Person, Unit

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_NAMED_MAX = 20


def password_make() -> str:
    """A random password one can type: four groups of letters and figures that are not mistaken, over 75 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def account_name() -> str:
    """The operating system's account that this process runs under, by name.

    Asked of the system, not of `LOGNAME` or `USER`, which are whatever was typed before the command.
    """
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"  # containers have accounts without a name


def unit_named(name: str) -> Unit:
    """The unit of this name, whatever the case of its letters.

    Raises:
        NotFound: there is none; names those there are.
    """
    unit = Unit.objects.filter(name__iexact=name.strip()).first()
    if unit is None:
        known = "; ".join(Unit.objects.values_list("name", flat=True)[:_NAMED_MAX]) or "none yet"
        raise NotFound(f"There is no unit '{name}'. Add it with unit_add, or take one of these: {known}.")
    return unit


def person_named(username: str) -> Person:
    """The person with this sign-in name, in a post or not.

    Raises:
        NotFound: nobody signs in so.
    """
    person = Person.objects.filter(username__iexact=username.strip()).first()
    if person is None:
        raise NotFound(f"Nobody signs in as '{username}'. Check the name, or add the person with person_add.")
    return person


@contextmanager
def refusals_told() -> Iterator[None]:
    """Turns what services refuse into one sentence on the terminal and exit status 1.

    Raises:
        CommandError: something inside was refused.
    """
    try:
        yield
    except AppError as error:
        raise CommandError(error.message) from error
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
