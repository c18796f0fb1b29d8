"""People, the units they serve in, the posts they hold, what they were given access to, and how they sign in.

A role is never a flag on a person: it is a post, in a unit, from a time until a time. The security log (sign-ins,
tokens) is a table of its own, apart from the custody record.
"""

from typing import ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone

from evidence.identity.roles import Role


class Unit(models.Model):
    """A team, station or department; the tree is by `parent`."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Finds people by the name they sign in with."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """Sign-in names are compared without case."""
        return self.get(username__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who can sign in. Left staff stay, inactive: the record names them."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    username = models.CharField("sign-in name", max_length=80, unique=True)
    rank = models.CharField(max_length=20, blank=True)
    collar_number = models.CharField(max_length=12, blank=True)
    first_name = models.CharField(max_length=60)
    surname = models.CharField(max_length=60)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["first_name", "surname"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["collar_number"], condition=~models.Q(collar_number=""), name="person_collar_number"
            ),
            # capitals as `iexact` on PostgreSQL compares them: else one typed name could mean two people
            models.UniqueConstraint(
                Upper("username"),
                name="person_username_any_case",
                violation_error_message="Somebody signs in with this name already; capitals make no other name of it.",
            ),
        ]
        ordering = ["surname", "first_name"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """As shown everywhere: 'PC 4312 Jones', or the full name where there is no collar number."""
        if self.collar_number:
            return " ".join(part for part in (self.rank, self.collar_number, self.surname) if part)
        return self.full_name

    @property
    def full_name(self) -> str:
        """First name and surname, as on an exhibit label."""
        return f"{self.first_name} {self.surname}"

    @property
    def initials(self) -> str:
        """For exhibit references: 'Aisha Begum' is AB."""
        return "".join(part[0] for part in self.full_name.replace("-", " ").split()).upper()


class Post(models.Model):
    """A person in a role in a unit, from a time until a time (open where `until_at` is empty)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="posts")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(max_length=20, choices=Role.choices)
    from_at = models.DateTimeField(default=timezone.now)
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["from_at", "id"]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.unit}"


class AccessGrant(models.Model):
    """Access to one item for one person, for a reason, until a time. Written by cases and sharing, read by policies.

    It never travels to the item's parent.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    grantee = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="grants")
    may_watch = models.BooleanField(default=True)
    may_edit = models.BooleanField(default=False)
    may_download = models.BooleanField(default=False)
    may_disclose = models.BooleanField(default=False)
    """Counts for a place on an access list only."""
    reason = models.CharField(max_length=500)
    until_at = models.DateTimeField(null=True, blank=True)
    source_kind = models.CharField(max_length=32)
    """What gave it: `share`, `case`, `access-list`."""
    source_id = models.UUIDField()
    granted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="grants_given")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["grantee", "subject_kind", "subject_id"], name="grant_grantee"),
            models.Index(fields=["subject_kind", "subject_id"], name="grant_subject"),
            models.Index(fields=["source_kind", "source_id"], name="grant_source"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} to {self.grantee_id}"


class AccessToken(models.Model):
    """A bearer token of a dock or a person. Only its SHA-256 is kept; the token is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner_kind = models.CharField(max_length=8, choices=[("dock", "Dock"), ("person", "Person")])
    owner_id = models.UUIDField()
    label = models.CharField(max_length=80)
    token_sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["owner_kind", "owner_id"], name="token_owner")]

    def __str__(self) -> str:
        return f"{self.owner_kind} {self.label}"


class SecurityKind(models.TextChoices):
    """What the security log tells of."""

    SIGN_IN = "sign-in", "Signed in"
    SIGN_IN_REFUSED = "sign-in:refused", "Sign-in refused"
    LOCKED_OUT = "sign-in:locked-out", "Locked out"
    SIGN_OUT = "sign-out", "Signed out"
    PERSON_ADDED = "person:added", "Person added"
    UNIT_ADDED = "unit:added", "Unit added"
    POST_GIVEN = "post:given", "Post given"
    TOKEN_MADE = "token:made", "Token made"
    TOKEN_REVOKED = "token:revoked", "Token ended"
    NAME_ASSERTED = "name:asserted", "Name given at a terminal"
    LOG_READ = "log:read", "Security log read"
    LOG_REFUSED = "log:refused", "Reading the security log refused"


class SecurityEntry(models.Model):
    """One line of the security log: sign-ins, what gave or took power, and who read the log.

    Who did it is `person`, or where nobody was signed in (a command) `account`: the operating system's account.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=40)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="security_entries")
    account = models.CharField(max_length=80, blank=True)
    about = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="security_entries_about")
    """To whom it was done."""
    detail = models.CharField(max_length=300, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "security entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind}"
