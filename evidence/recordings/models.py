"""Recordings, their files and working copies, and what people note on them.

A working copy is a `Recording` too, with a `parent`: exhibits, shares and holds point at one kind of thing. It takes
officer, unit and restriction from its parent; a grant on it never reaches the parent. The bytes are `StoredObject`s of
the vault, named by `RecordingFile`.
"""

from fractions import Fraction
from uuid import uuid4

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from evidence.fleet.models import Camera, Dock
from evidence.identity.models import Person, Unit
from evidence.vault.models import StoredObject


class Kind(models.TextChoices):
    """What the row is: the Master of a recording, or which working copy of one."""

    MASTER = "master", "Recording"
    CLIP = "clip", "Clip"
    REDACTION = "redaction", "Redaction"
    STILL = "still", "Still"
    TRANSCODE = "transcode", "Plain MP4"
    SALVAGE = "salvage", "Salvaged copy"


class State(models.TextChoices):
    """Received -> sealed -> playable, or not playable because ...; each with its time."""

    SEALED = "sealed", "Sealed"
    PREPARING = "preparing", "Being prepared"
    PLAYABLE = "playable", "Playable"
    NOT_PLAYABLE = "not-playable", "Not playable"


INDEX_MISSING = "index_missing"
"""The finding of `workers.media.probe` for such a file."""


class Category(models.Model):
    """What kind of incident a recording shows; gives its retention."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    is_evidential = models.BooleanField(default=True)
    retention_days = models.PositiveIntegerField(default=31, validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Recording(models.Model):
    """One continuous capture by one camera, or a working copy made from one."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.MASTER)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies")
    origin = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="descendants")
    """The Master at the top of the line of copies; empty for a Master."""
    title = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=14, choices=State.choices, default=State.SEALED)
    state_reason = models.TextField(blank=True)
    """For people: why it cannot be played, or what is odd about it and what can be done."""
    sender_key = models.CharField(max_length=200, blank=True)
    """The dock's own key for one continuous capture: its parts join one recording."""
    last_part = models.PositiveIntegerField(null=True, blank=True)
    """The number of the part that its sender announced as the last; empty until one was."""
    dock = models.ForeignKey(Dock, null=True, blank=True, on_delete=models.PROTECT, related_name="recordings")
    camera = models.ForeignKey(Camera, null=True, blank=True, on_delete=models.PROTECT, related_name="recordings")
    officer = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="recordings")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="recordings")
    """The officer's unit when it was recorded: a later move does not move it."""
    incident_ref = models.CharField(max_length=80, blank=True)
    recorded_at = models.DateTimeField()
    recorded_at_source = models.CharField(max_length=20, default="declared")
    """`declared` by the sender, `file` from the file's own tags, `received` when nothing better is known."""
    duration_s = models.FloatField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    has_audio = models.BooleanField(null=True, blank=True)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="recordings")
    is_restricted = models.BooleanField(default=False)
    is_flagged = models.BooleanField(default=False)
    flag_reason = models.TextField(blank=True)
    """Why a person has to look: unknown officer, unknown camera, odd clock, parts that have not come."""
    search_text = models.TextField(blank=True)
    """Lower-case words of everything searchable on this row, kept by services."""
    recipe = models.JSONField(null=True, blank=True)
    recipe_sha256 = models.CharField(max_length=64, blank=True)
    parent_sha256 = models.CharField(max_length=64, blank=True)
    statement = models.JSONField(null=True, blank=True)
    """Provenance statement of a working copy: tools, versions, settings, frames."""
    reason = models.CharField(max_length=500, blank=True)
    """Why the working copy was made."""
    made_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="copies_made")
    received_at = models.DateTimeField(default=timezone.now)
    sealed_at = models.DateTimeField(default=timezone.now)
    playable_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    """Raised by each change of details: the API's ETag."""

    class Meta:
        ordering = ["-recorded_at", "-id"]
        indexes = [
            models.Index(fields=["-recorded_at", "-id"], name="recording_time"),
            models.Index(fields=["officer", "-recorded_at"], name="recording_officer"),
            models.Index(fields=["unit", "-recorded_at"], name="recording_unit"),
            models.Index(fields=["sender_key"], name="recording_sender_key"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="master", parent=None, origin=None)
                | (~models.Q(kind="master") & models.Q(parent__isnull=False, origin__isnull=False)),
                name="recording_parent",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What it is in a few words, for lists and titles."""
        who = self.officer.label if self.officer else "unknown officer"
        return self.title or f"{self.get_kind_display()} by {who}"

    @property
    def parents_sha256(self) -> tuple[str, ...]:
        """SHA-256 of each file that a working copy was made from, in order; empty for a Master."""
        sources = (self.recipe or {}).get("sources") or ()
        told = tuple(str(each["sha256"]) for each in sources if isinstance(each, dict) and each.get("sha256"))
        return told or ((self.parent_sha256,) if self.parent_sha256 else ())

    @property
    def is_master(self) -> bool:
        """True for a sealed original, False for a working copy."""
        return self.kind == Kind.MASTER


class FileRole(models.TextChoices):
    """What a file of a recording is for."""

    MASTER = "master", "Original"
    COPY = "copy", "Working copy"
    PROXY = "proxy", "Proxy for browsers"
    STORYBOARD = "storyboard", "Storyboard"
    STORYBOARD_MAP = "storyboard-map", "Storyboard map"
    THUMBNAIL = "thumbnail", "Thumbnail"
    WAVEFORM = "waveform", "Waveform"
    INDEX = "index", "Frame index"
    PROXY_INDEX = "proxy-index", "Frame index of the proxy"
    VOICE = "voice", "Where somebody speaks"
    TRANSCRIPT = "transcript", "Transcript"


class RecordingFile(models.Model):
    """One file of a recording: an original part, a working copy's bytes, or something derived for viewing."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="files")
    role = models.CharField(max_length=14, choices=FileRole.choices)
    part = models.PositiveIntegerField(default=1)
    stored = models.OneToOneField(StoredObject, on_delete=models.PROTECT, related_name="file")
    untrusted_filename = models.CharField(max_length=400, blank=True)
    """As the sender named it; never used as a path, escaped wherever shown."""
    media_type = models.CharField(max_length=60)
    probe = models.JSONField(null=True, blank=True)
    """What the sandbox said of it, as `workers.media.reports`: of an original ProbeReport, of a proxy CopyReport."""
    recorded_at = models.DateTimeField(null=True, blank=True)
    """Of an original: when this part of the recording began, as its sender or the file itself says; empty: not told."""
    trouble = models.TextField(blank=True)
    """For people: why preparing this original gave nothing to watch; empty while all is well."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["part", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "role", "part"], name="file_role_part"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.role} {self.part}"

    @property
    def way(self) -> str:
        """How browsers can be shown this original: direct, remux, proxy or none; '' until it was looked at."""
        return str((self.probe or {}).get("playable", {}).get("way", ""))

    @property
    def because(self) -> str:
        """The sentence that goes with `way`."""
        return str((self.probe or {}).get("playable", {}).get("because", ""))

    @property
    def findings(self) -> list[str]:
        """Sentences about what is odd with this original; empty when nothing is."""
        return [str(finding["sentence"]) for finding in (self.probe or {}).get("findings", [])]

    @property
    def lost_its_index(self) -> bool:
        """Whether it is an MP4 cut before its index: nothing plays, but what is in it may be salvaged."""
        return any(finding["code"] == INDEX_MISSING for finding in (self.probe or {}).get("findings", []))

    @property
    def duration_s(self) -> float | None:
        """Seconds of it that can be watched, as far as known."""
        probe = self.probe or {}
        found = probe.get("playable_until_s") or probe.get("duration_s")
        return float(found) if found else None

    @property
    def pictures_s(self) -> tuple[Fraction, Fraction] | None:
        """Shown seconds at which its first picture appears and its last one ends; None where nobody counted them."""
        told = (self.probe or {}).get("pictures_s")
        return (Fraction(*told[0]), Fraction(*told[1])) if told else None

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, hex."""
        return self.stored.sha256

    @property
    def size_bytes(self) -> int:
        """Length of the bytes."""
        return self.stored.size_bytes


class Marker(models.Model):
    """A point in time put there by the camera's button or by a viewer."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="markers")
    at_s = models.FloatField()
    """Seconds from the start of the recording; moves along when an earlier part of it arrives late."""
    part = models.PositiveIntegerField(null=True, blank=True)
    """The part it was set in; empty where that was not known."""
    part_at_s = models.FloatField(null=True, blank=True)
    """Seconds from the start of that part, as its own player says."""
    frame = models.PositiveBigIntegerField(null=True, blank=True)
    text = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=10, default="viewer")
    made_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="markers")
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at_s", "created_at"]

    def __str__(self) -> str:
        return f"{self.at_s:.2f} s {self.text}"


class Note(models.Model):
    """Something a person wrote about a recording; kept, never edited."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField(max_length=4000)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="notes")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.text[:60]


class PlaybackSession(models.Model):
    """One opening of a recording by one viewer: one policy check, one reason, one event; ranges are served under it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="playbacks")
    viewer_kind = models.CharField(max_length=16)
    viewer_id = models.UUIDField()
    viewer_name = models.CharField(max_length=120)
    viewer_post = models.UUIDField(null=True, blank=True)
    key_sha256 = models.CharField(max_length=64)
    """Of the short-lived key in the cookie scoped to this session's path."""
    opened_event = models.UUIDField()
    rule = models.CharField(max_length=60)
    may_download = models.BooleanField(default=False)
    is_for_page = models.BooleanField(default=False)
    """Opened on a page: its bytes are served only while that person is signed in there."""
    opened_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    watched = models.JSONField(default=list)
    """Stretches played: [[from_s, to_s], ...], merged and sorted."""

    class Meta:
        indexes = [models.Index(fields=["closed_at", "expires_at"], name="playback_open")]

    def __str__(self) -> str:
        return f"{self.viewer_name} {self.opened_at:%Y-%m-%d %H:%M}"
