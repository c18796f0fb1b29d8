"""Every write of identity: people, posts, grants, tokens, the security log, and the record of a refusal.

What gives or takes power writes a line of the security log in the same transaction. `by` is the signed-in person who
does it; without one it is a command's doing, and the line names the operating system's account instead.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Outcome
from evidence.identity.errors import Denied, TokenRefused
from evidence.identity.models import AccessGrant, AccessToken, Person, Post, SecurityEntry, SecurityKind, Unit
from evidence.identity.operators import account_name
from evidence.identity.roles import Role

TOKEN_BYTES = 32
TOKEN_USED_EVERY_S = 60


@transaction.atomic
def person_create(
    *, username: str, password: str, first_name: str, surname: str, rank: str = "", collar_number: str = "",
    email: str = "", by: Person | None = None,
) -> Person:  # fmt: skip
    """Add somebody who can sign in.

    Raises:
        ValidationError: the name is taken (capitals make no difference), or the password is too weak.
    """
    person = Person(
        username=username.strip(), first_name=first_name, surname=surname, rank=rank, collar_number=collar_number,
        email=email,
    )  # fmt: skip
    validate_password(password, person)
    person.set_password(password)
    person.full_clean()
    person.save()
    power_log(kind=SecurityKind.PERSON_ADDED, by=by, about=person, detail=f"signs in as {person.username}")
    return person


@transaction.atomic
def unit_create(*, name: str, parent: Unit | None = None, by: Person | None = None) -> Unit:
    """Add a team, station or department."""
    unit = Unit(name=name, parent=parent)
    unit.full_clean()
    unit.save()
    power_log(kind=SecurityKind.UNIT_ADDED, by=by, detail=f"{name}, under {parent}" if parent else name)
    return unit


@transaction.atomic
def post_give(
    *, person: Person, unit: Unit, role: Role, from_at: datetime | None = None, until_at: datetime | None = None,
    by: Person | None = None,
) -> Post:  # fmt: skip
    """Give a person a role in a unit, from now unless said otherwise."""
    post = Post(person=person, unit=unit, role=role, from_at=from_at or timezone.now(), until_at=until_at)
    post.full_clean()
    post.save()
    window = f"from {_day(post.from_at)}{f' until {_day(until_at)}' if until_at else ''}"
    power_log(kind=SecurityKind.POST_GIVEN, by=by, about=person, detail=f"{post}, {window}")
    return post


@transaction.atomic
def token_make(
    *, owner_kind: str, owner_id: UUID, label: str, scopes: Sequence[str], lifetime: timedelta | None = None,
    by: Person | None = None,
) -> str:  # fmt: skip
    """Make a bearer token and return it: the only time it can be seen."""
    token = f"cty_{secrets.token_urlsafe(TOKEN_BYTES)}"
    row = AccessToken(
        owner_kind=owner_kind, owner_id=owner_id, label=label, token_sha256=token_digest(token), scopes=list(scopes),
        expires_at=timezone.now() + lifetime if lifetime else None,
    )  # fmt: skip
    row.full_clean()
    row.save()
    power_log(kind=SecurityKind.TOKEN_MADE, by=by, about=_owner(row), detail=_token_words(row))
    return token


def token_digest(token: str) -> str:
    """What is kept of a token. Tokens are 256 random bits: a plain hash is enough, and can be looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_use(*, token: str) -> AccessToken:
    """The live token row; notes its use at most once a minute.

    Raises:
        TokenRefused: no such token, expired or revoked.
    """
    now = timezone.now()
    row = AccessToken.objects.filter(token_sha256=token_digest(token), revoked_at=None).first()
    if row is None or (row.expires_at and row.expires_at <= now):
        raise TokenRefused("This token is not valid any more. Ask the force administrator for a new one.")
    if row.last_used_at is None or (now - row.last_used_at).total_seconds() > TOKEN_USED_EVERY_S:
        AccessToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


@transaction.atomic
def token_revoke(*, token: AccessToken, by: Person | None = None) -> None:
    """End a token now."""
    AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    power_log(kind=SecurityKind.TOKEN_REVOKED, by=by, about=_owner(token), detail=_token_words(token))


def _owner(token: AccessToken) -> Person | None:
    return Person.objects.filter(pk=token.owner_id).first() if token.owner_kind == "person" else None


def _token_words(token: AccessToken) -> str:
    scopes = f", may {' and '.join(token.scopes)}" if token.scopes else ""
    return f"{token.owner_kind} {token.label}{scopes}{f', until {_day(token.expires_at)}' if token.expires_at else ''}"


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%-d %B %Y")


def power_log(*, kind: SecurityKind, by: Person | None = None, about: Person | None = None, detail: str = "") -> None:
    """Add a line on what gave or took power: who did it (see above), to whom, and what."""
    security_log(kind=kind, person=by, account="" if by else account_name(), about=about, detail=detail)


def security_log(
    *, kind: str, person: Person | None = None, account: str = "", about: Person | None = None, detail: str = "",
    address: str | None = None,
) -> None:  # fmt: skip
    """Add a line to the security log."""
    SecurityEntry.objects.create(
        kind=kind, person=person, account=account[:80], about=about, detail=detail[:300], address=address or None
    )


def grant_give(
    *, subject_kind: str, subject_id: UUID, grantee: Person, granted_by: Person, reason: str, source_kind: str,
    source_id: UUID, until_at: datetime | None = None, may_watch: bool = True, may_edit: bool = False,
    may_download: bool = False, may_disclose: bool = False,
) -> AccessGrant:  # fmt: skip
    """Write a grant row. The room that calls it has asked its policy and writes the custody event."""
    grant = AccessGrant(
        subject_kind=subject_kind, subject_id=subject_id, grantee=grantee, granted_by=granted_by, reason=reason,
        source_kind=source_kind, source_id=source_id, until_at=until_at, may_watch=may_watch, may_edit=may_edit,
        may_download=may_download, may_disclose=may_disclose,
    )  # fmt: skip
    grant.full_clean()
    grant.save()
    return grant


@transaction.atomic
def grants_revoke(
    *, source_kind: str, source_id: UUID, grantee: Person | None = None, subject_id: UUID | None = None
) -> list[AccessGrant]:
    """End the live grants that one source gave (to one person, on one item, if said); returns those it ended."""
    live = AccessGrant.objects.select_for_update().filter(source_kind=source_kind, source_id=source_id, revoked_at=None)
    if grantee is not None:
        live = live.filter(grantee=grantee)
    if subject_id is not None:
        live = live.filter(subject_id=subject_id)
    ended = list(live)
    AccessGrant.objects.filter(pk__in=[grant.pk for grant in ended]).update(revoked_at=timezone.now())
    return ended


def denial_record(denied: Denied) -> None:
    """Write a refused attempt into the custody record: called at the outermost boundary, after the rollback."""
    with act(actor=denied.actor, reason=Reason()) as deed:
        deed.record(denied.verb, denied.subject, rule=denied.rule, outcome=Outcome.DENIED, data={"right": denied.right})
