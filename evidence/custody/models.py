"""Rows of the custody record. Append-only by triggers on both databases (`triggers.py`); `body` is what gets hashed.

The other columns of `Event` are indexed copies of what the body says. There is no foreign key to any other room: an
event outlives what it speaks of. Names and free text are not here but in `Commitment`, which may lawfully be erased.
"""

from django.db import models


class Event(models.Model):
    """One thing that happened to one subject. Written by `services.act`, never changed, never deleted."""

    position = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(unique=True)
    act = models.UUIDField()
    follows = models.UUIDField(null=True)
    verb = models.CharField(max_length=64)
    category = models.CharField(max_length=16, null=True)  # noqa: DJ001 - null is a value of the record's format
    outcome = models.CharField(max_length=8)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    subject_seq = models.PositiveBigIntegerField()
    request = models.UUIDField()
    body = models.BinaryField()
    xid = models.BigIntegerField(null=True, editable=False)
    """PostgreSQL's transaction id, set by trigger: the sequencer orders by it. Empty on SQLite: one writer."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_kind", "subject_id", "subject_seq"], name="event_seq")]
        indexes = [
            models.Index(fields=["actor_id", "at"], name="event_actor"),
            models.Index(fields=["at"], name="event_at"),
            models.Index(fields=["act"], name="event_act"),
            models.Index(fields=["follows"], name="event_follows"),
            models.Index(fields=["at"], name="event_intent", condition=models.Q(outcome="intent")),
            models.Index(fields=["xid", "position"], name="event_sequence"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_kind}:{self.subject_id} #{self.subject_seq}"


class Commitment(models.Model):
    """The text behind a commitment in an event's body: erasing the row leaves the body, and the tree, whole."""

    id = models.BigAutoField(primary_key=True)
    event = models.UUIDField()
    field = models.CharField(max_length=40)
    salt = models.BinaryField(max_length=32)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "field"], name="commitment_field")]

    def __str__(self) -> str:
        return f"{self.event} {self.field}"


class SubjectCounter(models.Model):
    """How many events a subject has. Locked last, in sorted order, so that 1, 2, 3 has no gap and no deadlock."""

    id = models.BigAutoField(primary_key=True)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    last = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="subject_counter")]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} {self.last}"


class IntentLease(models.Model):
    """An intent without an outcome, and until when its deed is taken to be going on; gone once it has an outcome."""

    intent = models.UUIDField(primary_key=True)
    """Of the event; `intents.py` keeps and ends it."""
    lease_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.intent} until {self.lease_until}"


class Leaf(models.Model):
    """The place of an event in the tree: dense, in the order in which the sequencer found it. Append-only."""

    index = models.PositiveBigIntegerField(primary_key=True)
    position = models.PositiveBigIntegerField(unique=True)

    def __str__(self) -> str:
        return f"{self.index}: event {self.position}"


class Tile(models.Model):
    """Up to 256 hashes of one level of the tree (`tree.tiles`). It grows at its end and never otherwise."""

    id = models.BigAutoField(primary_key=True)
    level = models.PositiveSmallIntegerField()
    number = models.PositiveBigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "number"], name="tile_place")]

    def __str__(self) -> str:
        return f"{self.level}/{self.number}"


class TreeHead(models.Model):
    """A checkpoint that was signed: every event below `size` is under `root`, and `note` is signed. Append-only."""

    id = models.BigAutoField(primary_key=True)
    size = models.PositiveBigIntegerField(db_index=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    note = models.TextField()
    """The signed note, as it goes onto discs."""

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.size} at {self.at}"


class LogKey(models.Model):
    """A public key of the log, or of a witness, kept for good: whoever checks an old disc needs the keys of its day."""

    verifier = models.CharField(max_length=400, primary_key=True)
    """`name+id+key`, as C2SP's signed-note writes it; its kind says whose it is."""
    at = models.DateTimeField()
    """Since when it signs."""

    class Meta:
        ordering = ["at", "verifier"]

    def __str__(self) -> str:
        return self.verifier


class AnchorKind(models.TextChoices):
    """Who says it."""

    WITNESS = "witness", "Witness"


class Anchor(models.Model):
    """What somebody out of this database's reach says of a checkpoint. Append-only."""

    id = models.BigAutoField(primary_key=True)
    head = models.ForeignKey(TreeHead, on_delete=models.PROTECT, related_name="anchors")
    kind = models.CharField(max_length=10, choices=AnchorKind.choices)
    name = models.CharField(max_length=200)
    proof = models.BinaryField()
    """Of a witness: its signature line in the note, UTF-8."""
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["head", "kind", "name"], name="anchor_once")]
        indexes = [models.Index(fields=["kind", "name"], name="anchor_by")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} of {self.head_id}"
