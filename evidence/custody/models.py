"""Rows of the custody record. Append-only by triggers on both databases (`triggers.py`); `body` is what gets hashed.

The other columns of `Event` are indexed copies of what the body says. There is no foreign key to any other room: an
event outlives what it speaks of. Names and free text are not here but in `Commitment`, which may lawfully be erased.
"""

from uuid import uuid4

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
    COPY = "copy", "Locked copy"
    TIMESTAMP = "timestamp", "Timestamp"


class Anchor(models.Model):
    """What somebody out of this database's reach says of a checkpoint. Append-only."""

    id = models.BigAutoField(primary_key=True)
    head = models.ForeignKey(TreeHead, on_delete=models.PROTECT, related_name="anchors")
    kind = models.CharField(max_length=10, choices=AnchorKind.choices)
    name = models.CharField(max_length=200)
    proof = models.BinaryField()
    """Of a witness: its signature line in the note, UTF-8. Of a copy: its key and, on a second line, its version. Of a
    timestamp: the whole answer of its maker (RFC 3161, DER), as it came."""
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["head", "kind", "name"], name="anchor_once")]
        indexes = [models.Index(fields=["kind", "name"], name="anchor_by")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} of {self.head_id}"


class AuthorityKind(models.TextChoices):
    """By what a text may be erased. Codes go into the record and never change meaning."""

    COURT_ORDER = "court-order", "Court order"
    REGULATOR = "regulator", "Order of the Information Commissioner"
    DATA_PROTECTION = "data-protection", "Data protection decision"


class Erasure(models.Model):
    """A text that was erased, by ids alone. Append-only; without it no row of `Commitment` can be deleted."""

    id = models.BigAutoField(primary_key=True)
    event = models.UUIDField()
    field = models.CharField(max_length=40)
    at = models.DateTimeField()
    authority = models.CharField(max_length=20, choices=AuthorityKind.choices)
    reference = models.CharField(max_length=40)
    """Number of the order or decision."""
    proposed_by = models.UUIDField()
    approved_by = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "field"], name="erasure_once"),
            models.CheckConstraint(condition=~models.Q(proposed_by=models.F("approved_by")), name="erasure_by_two"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.field} under {self.authority} {self.reference}"


class ErasureState(models.TextChoices):
    """What became of a proposal."""

    OPEN = "open", "Waiting for a second person"
    DONE = "done", "Approved and erased"
    REFUSED = "refused", "Refused"


class ErasureProposal(models.Model):
    """What somebody proposes to erase, until another person decides. Its reason is in the custody event alone."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    event = models.UUIDField()
    """The custody event of the proposing."""
    authority = models.CharField(max_length=20, choices=AuthorityKind.choices)
    reference = models.CharField(max_length=40)
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=ErasureState.choices, default=ErasureState.OPEN)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-proposed_at", "id"]

    def __str__(self) -> str:
        return f"{self.authority} {self.reference} {self.state}"


class ErasureItem(models.Model):
    """One text that a proposal names."""

    id = models.BigAutoField(primary_key=True)
    proposal = models.ForeignKey(ErasureProposal, on_delete=models.CASCADE, related_name="items")
    event = models.UUIDField()
    field = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "event", "field"], name="erasure_item_once")]

    def __str__(self) -> str:
        return f"{self.event} {self.field}"


class Cluster(models.Model):
    """A PostgreSQL server that the record has lived in: its transaction numbers hold for events behind `begins_after`.
    Append-only; the last one is where it lives. None on SQLite, which numbers no transactions."""

    id = models.BigAutoField(primary_key=True)
    identifier = models.CharField(max_length=20)
    """PostgreSQL's `system_identifier`; empty where it may not be read."""
    begins_after = models.PositiveBigIntegerField()
    """The last position that came along from elsewhere; every event up to it has its place in the tree already."""
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.identifier} after {self.begins_after}"
