"""Shares with colleagues and links for people outside. Every opening is an event; the rows here say what is allowed.

No token and no code is here, only their hashes. What a letter has to carry is sealed in it until it is sent.
"""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.identity.models import AccessGrant, Person
from evidence.recordings.models import PlaybackSession, Recording


class Share(models.Model):
    """A recording shared with a colleague: a grant, with who asked and why, shown in their queue."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="shares")
    to = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shares_received")
    shared_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shares_made")
    grant = models.OneToOneField(AccessGrant, on_delete=models.PROTECT, related_name="share")
    reason = models.CharField(max_length=500)
    until_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.recording_id} to {self.to_id}"


class Recipient(models.Model):
    """A named person outside the force. Has no account."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=120)
    organisation = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name}, {self.organisation}" if self.organisation else self.name


class Link(models.Model):
    """A link to one item for one recipient. Only the token's SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="links")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    may_download = models.BooleanField(default=False)
    needs_code = models.BooleanField(default=False)
    reason = models.CharField(max_length=500)
    message = models.CharField(max_length=1000, blank=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="links_made")
    listed_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """Whoever disclosed it while it was restricted, by their place on its access list: the link opens then for as long
    as they hold that place. Empty: it was not restricted, and a restriction suspends the link."""
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.recording_id} for {self.recipient}"


class LinkOpening(models.Model):
    """One opening of a link: the playback session in which its bytes are served."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="openings")
    playback = models.OneToOneField(PlaybackSession, on_delete=models.PROTECT, related_name="link_opening")
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return f"{self.link_id} {self.opened_at:%Y-%m-%d %H:%M}"


class LinkCode(models.Model):
    """A one-time code sent to a link's recipient by mail; only a salted hash is kept."""

    ATTEMPTS_MAX = 5

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="codes")
    code_hash = models.CharField(max_length=200)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"code for {self.link_id}"


class LetterKind(models.TextChoices):
    """What a letter brings its reader."""

    INVITATION = "invitation", "Link"
    CODE = "code", "One-time code"


class Letter(models.Model):
    """A mail to a link's recipient. Its secret (link address or code) is sealed until it is sent, then gone."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=10, choices=LetterKind.choices)
    to = models.EmailField()
    sealed_secret = models.BinaryField(blank=True)
    send_by_at = models.DateTimeField()
    """After this there is no sense in sending it."""
    intent = models.UUIDField(null=True, blank=True)
    """The event 'about to send' that has no outcome yet."""
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    trouble = models.TextField(blank=True)
    """For people: why it was not sent."""

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} for {self.link_id}"
