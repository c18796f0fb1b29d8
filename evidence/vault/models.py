"""Sealed objects: what lies in the vault, where, what it must hash to, and how the checks of it went.

Rows appear only when the bytes are there. Keys are `<class>/<file-uuid>`, made by us, never from names. S3 objects are
read by `version_id`. A newcomer's trap: a quarantined object keeps its row and its bytes; nothing but a release, after
its bytes were found right again, ends that.
"""

from uuid import uuid4

from django.db import models
from django.utils import timezone


class ObjectClass(models.TextChoices):
    """Lock and lifecycle go by class."""

    MASTER = "masters", "Masters"
    COPY = "copies", "Working copies"
    DERIVED = "derived", "Derived: can be made again"
    IMAGE = "images", "Disc images"


class CheckResult(models.TextChoices):
    """How the last check of an object ended."""

    SOUND = "sound", "Sound"
    DAMAGED = "damaged", "Damaged"
    MISSING = "missing", "Missing"
    UNREADABLE = "unreadable", "Cannot be read"


class StoredObject(models.Model):
    """One sealed object. Never overwritten; destroyed only by the disposal service or, if derived, by a sweep."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    object_class = models.CharField(max_length=10, choices=ObjectClass.choices)
    store = models.CharField(max_length=40)
    """Which store holds it: `file` or `s3:<bucket>`."""
    key = models.CharField(max_length=120, unique=True)
    version_id = models.CharField(max_length=200, blank=True)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    encryption_key_id = models.CharField(max_length=80, blank=True)
    """Which `ObjectKey` opens it, also when that is destroyed; empty: not encrypted by us."""
    store_bytes = models.BigIntegerField(null=True, blank=True)
    """How many bytes lie in the store where they are encrypted by us; empty: as many as `size_bytes`."""
    sealed_at = models.DateTimeField(default=timezone.now)
    verified_at = models.DateTimeField(default=timezone.now)
    """When its bytes were last read back and hashed, and were right."""
    checked_at = models.DateTimeField(null=True, blank=True)
    """When a check of it last ended, however it did; empty until the first one after sealing."""
    check_result = models.CharField(max_length=10, choices=CheckResult.choices, blank=True)
    suspected_at = models.DateTimeField(null=True, blank=True)
    """Since when something speaks against it: the next run of the checks reads it before all others."""
    quarantined_at = models.DateTimeField(null=True, blank=True)
    quarantine_reason = models.TextField(blank=True)
    """For people: what the check found."""
    destroyed_at = models.DateTimeField(null=True, blank=True)
    locked_until = models.DateTimeField(null=True, blank=True)
    """Until when the store itself keeps it, as it said when it was asked last; empty: no lock is known."""
    versions_before = models.JSONField(default=list, blank=True)
    """Versions it was read by before a restored one took their place, oldest first: damaged or gone, and left alone."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(size_bytes__gte=0), name="object_size"),
            models.CheckConstraint(
                condition=models.Q(encryption_key_id="", store_bytes=None)
                | (~models.Q(encryption_key_id="") & models.Q(store_bytes__isnull=False)),
                name="object_encrypted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["verified_at"], name="object_verified",
                condition=models.Q(destroyed_at=None, quarantined_at=None),
            ),
            models.Index(
                fields=["suspected_at"], name="object_suspected", condition=models.Q(suspected_at__isnull=False)
            ),
            models.Index(
                fields=["quarantined_at"], name="object_quarantined", condition=models.Q(quarantined_at__isnull=False)
            ),
            models.Index(fields=["locked_until", "id"], name="object_locked", condition=models.Q(destroyed_at=None)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.key

    @property
    def lies_bytes(self) -> int:
        """How many bytes must lie in the store for it: more than it has, where they are encrypted by us."""
        return self.size_bytes if self.store_bytes is None else self.store_bytes


class ObjectKey(models.Model):
    """The key that opens one object, wrapped by a key that is not in this database. Without this row nobody can.

    Made with the intent, before the first byte; goes with the intent where the put is given up, and else with
    `object_key_destroy` alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    object_id = models.UUIDField(unique=True)
    """Of the `StoredObject`, which comes later: no foreign key."""
    provider = models.CharField(max_length=200)
    """Who wrapped it, as `VAULT_KEY_PROVIDER` named it then."""
    provider_key_id = models.CharField(max_length=200)
    """With which of its keys."""
    wrapped = models.BinaryField(max_length=4096)
    wrapped_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["provider", "provider_key_id"], name="object_key_provider")]

    def __str__(self) -> str:
        return str(self.id)


class ObjectIntent(models.Model):
    """A key about to be written: a sweep finds what a crash left behind and no row speaks of."""

    key = models.CharField(primary_key=True, max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now, db_index=True)
    """Moved on while the put is at work, so that an hour's silence means that it died."""
    condemned_at = models.DateTimeField(null=True, blank=True)
    """Set by the sweep before it removes the bytes: from then on the key cannot be registered."""

    def __str__(self) -> str:
        return self.key


class RunKind(models.TextChoices):
    """What a run does: read objects again, hold the store's list against the rows, or put off the end of locks."""

    FIXITY = "fixity", "Reading again"
    RECONCILIATION = "reconciliation", "Reconciliation"
    LOCKS = "locks", "Extending locks"


class RunScope(models.TextChoices):
    """Which objects: those whose turn it is, a share at random, or all."""

    ROLLING = "rolling", "Those whose turn it is"
    SAMPLE = "sample", "A share at random"
    FULL = "full", "All"


class VaultRun(models.Model):
    """One run of the checks: how far it is, and what it found. Of each kind one is open at most.

    Counters move in the transaction that notes the object they count, so a run that was killed goes on where it was.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=14, choices=RunKind.choices)
    scope = models.CharField(max_length=10, choices=RunScope.choices, default=RunScope.FULL)
    owner = models.CharField(max_length=120)
    """Which job or command."""
    token = models.UUIDField(default=uuid4)
    """New for whoever takes the run over: who holds an older one has lost it."""
    began_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now)
    """When its owner last gave a sign of life."""
    ended_at = models.DateTimeField(null=True, blank=True)
    is_complete = models.BooleanField(default=False)
    """False for one that is open, and for one that was given up for another."""
    objects_count = models.PositiveBigIntegerField(default=0)
    bytes_count = models.PositiveBigIntegerField(default=0)
    trouble_count = models.PositiveBigIntegerField(default=0)
    """Objects that were not what was sealed, or whose lock was refused; of a reconciliation, what does not agree."""
    retried_count = models.PositiveBigIntegerField(default=0)
    """Objects that were right only when they were read again."""
    result = models.JSONField(default=dict)
    """Of a reconciliation: numbers, and the first of its findings; of locks: the refusals, and whether more wait."""

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(ended_at=None), name="vault_run_open"),
        ]
        indexes = [models.Index(fields=["kind", "-began_at"], name="vault_run_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.began_at:%Y-%m-%d %H:%M}"


class SampleDraw(models.Model):
    """A share of the objects drawn at random: those from one id to another, going on at the first after the last.

    Ids are random themselves, so a stretch of them is a random sample; and which of it is still to be read is found
    from the rows alone.
    """

    label = models.CharField(primary_key=True, max_length=60)
    """The month, `2026-11`, or the run that it was drawn for."""
    drawn_at = models.DateTimeField(default=timezone.now)
    first_id = models.UUIDField()
    last_id = models.UUIDField()

    def __str__(self) -> str:
        return self.label


class SelfTestResult(models.Model):
    """What the self-test of a store found, kept whenever it ran to its end."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    store = models.CharField(max_length=120)
    checks = models.JSONField(default=list)
    """Of each: `name`, `is_passed`, and `says` for people."""
    is_sound = models.BooleanField()
    """Everything the product relies on works."""
    is_write_once = models.BooleanField()
    """The store itself refuses to delete what is locked."""

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.store} {self.at:%Y-%m-%d %H:%M}"
