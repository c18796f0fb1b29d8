"""Cases with exhibits of real media, discs made in this process, and images opened by tools that are not ours."""

import subprocess
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from django.conf import settings
from django.test import Client
from django.utils import timezone

from evidence.cases.models import Case, Exhibit
from evidence.cases.services import case_open, exhibit_produce
from evidence.court.models import DiscKind, DiscSet
from evidence.court.queries import job_of_set
from evidence.court.services import disc_set_request
from evidence.custody.models import Event
from evidence.custody.queries import Line, lines, subject_events
from evidence.fleet.models import Camera
from evidence.http.sites import cookie_name
from evidence.identity.middleware import SIGNED_IN_AT
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import Who, who_is
from evidence.jobs.models import Job
from evidence.recordings.models import FileRole, Kind, Recording, RecordingFile
from evidence.recordings.services.copies import Making, copy_register
from evidence.recordings.services.playback import playback_close, playback_open
from evidence.recordings.services.preparing import Derived, Prepared, Proxied, preparation_finish, proxy_finish
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put
from tests import factories
from tests.custody.sealing import record_seal
from workers.disc.planning import MediumKind
from workers.handlers.attempt import attempt

FILM_S = 2.0
PLAIN = {"video": [{"codec": "h264"}], "audio": [{"codec": "aac"}]}
"""What the sandbox says of a film that plays everywhere."""


@cache
def film(colour: str = "teal") -> Path:
    """Two seconds of H.264 and AAC; another colour, other bytes."""
    return made(
        f"{colour}.mp4", "-f", "lavfi", "-i", f"color=c={colour}:s=320x180:r=25:d={FILM_S}", "-f", "lavfi",
        "-i", f"sine=frequency=440:d={FILM_S}", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-movflags", "+faststart",
    )  # fmt: skip


@cache
def old_film() -> Path:
    """Two seconds of AVI, which browsers do not play."""
    return made("old.avi", "-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25:d={FILM_S}", "-c:v", "mjpeg")


@cache
def picture() -> Path:
    return made("still.png", "-f", "lavfi", "-i", "testsrc2=s=320x180:d=1", "-frames:v", "1")


def made(name: str, *options: str) -> Path:
    """A file made by ffmpeg with these options."""
    path = Path(mkdtemp(prefix="court-")) / name
    subprocess.run(["ffmpeg", "-v", "error", "-y", *options, str(path)], check=True)
    return path


@dataclass
class Bench:
    """A case, its officer (an investigator) as asker, and the officer who recorded."""

    case: Case
    oic: Person
    officer: Person

    @property
    def who(self) -> Who:
        return who_is(self.oic)

    def exhibit(
        self, recording: Recording, description: str = "BWV of the arrest", by: Person | None = None
    ) -> Exhibit:
        return exhibit_produce(
            who=self.who, case=self.case, recording=recording, producer=by or self.officer, description=description
        )

    def request(self, *exhibits: Exhibit, **wishes: object) -> DiscSet:
        facts = {
            "kind": DiscKind.DATA, "medium": MediumKind.DVD_5, "with_originals": False,
            "recipient_name": "Birmingham Crown Court", "reason": "Trial bundle",
        }  # fmt: skip
        facts |= wishes
        who = facts.pop("who", self.who)
        return disc_set_request(
            who=who, case=self.case, exhibits=[exhibit.id for exhibit in exhibits], **facts  # type: ignore[arg-type]
        )  # fmt: skip


def bench(urn: str = "20AB1234526", title: str = "R v Smith") -> Bench:
    oic = factories.person(Role.INVESTIGATOR, first_name="Imran", surname="Khan")
    officer = factories.person(Role.OFFICER, first_name="Aisha", surname="Begum")
    return Bench(case_open(who=who_is(oic), urn=urn, title=title, officer_in_case=oic), oic, officer)


def recorded(
    officer: Person, source: Path | None = None, *, duration_s: float = FILM_S, **facts: object
) -> RecordingFile:
    """A Master with true facts about its length, playable as it is."""
    file = factories.sealed(source or film(), officer=officer, camera=factories.camera(), **facts)
    _prepare(file, "direct", "video/mp4", duration_s)
    return file


def recorded_old(officer: Person) -> RecordingFile:
    """A Master that browsers cannot play, with its proxy."""
    file = factories.sealed(old_film(), officer=officer)
    _prepare(file, "proxy", "video/x-msvideo", codecs={"video": [{"codec": "mjpeg"}], "audio": []})
    put = object_put(object_class=ObjectClass.DERIVED, source=film("navy"))
    about = {"duration_s": FILM_S, "video": "encoded", "audio": "none"}
    proxied = Proxied(way="proxy", derived=(Derived(FileRole.PROXY, put, "video/mp4", about),))
    proxy_finish(file=file, proxied=proxied)
    file.recording.refresh_from_db()
    return file


def recorded_as(officer: Person, media_type: str, video: str, audio: str, way: str = "direct") -> RecordingFile:
    """A Master of this kind that counts as looked at; its bytes are those of `old_film`."""
    file = factories.sealed(old_film(), officer=officer)
    _prepare(file, way, media_type, codecs={"video": [{"codec": video}], "audio": [{"codec": audio}]})
    return file


def unplayable(officer: Person, **facts: object) -> RecordingFile:
    """A Master of which nothing can be played."""
    file = factories.sealed(old_film(), officer=officer, **facts)
    _prepare(file, "none", "application/octet-stream", codecs={"video": [], "audio": []})
    return file


def parts(officer: Person, *ways: str, size_bytes: int = 0) -> Recording:
    """A recording of several parts; `ways`: 'direct' for one that plays, 'none' for one that does not."""
    for number, way in enumerate(ways, 1):
        source = film()
        if size_bytes:
            source = Path(mkdtemp(prefix="court-")) / f"part{number}.bin"
            source.write_bytes(bytes([number]) * size_bytes)
        facts = {"camera": factories.camera(f"CAM-{officer.collar_number}") if number == 1 else _camera(officer)}
        file = factories.sealed(source, officer=officer, sender_key=f"test:{officer.id}", part=number, **facts)
        _prepare(file, way, "video/mp4" if way == "direct" else "application/octet-stream")
    return Recording.objects.get(pk=file.recording_id)


def _camera(officer: Person) -> Camera:
    return Camera.objects.get(serial=f"CAM-{officer.collar_number}")


def copied(source: RecordingFile, made_by: Person, kind: Kind = Kind.REDACTION, path: Path | None = None) -> Recording:
    """A working copy of a file, its bytes being real ones of their own."""
    put = object_put(object_class=ObjectClass.COPY, source=path or film("olive"))
    making = Making(
        kind=kind, recipe={"v": 1}, recipe_sha256=sha256(b'{"v":1}').hexdigest(), statement={"v": 2},
        statement_sha256=sha256(b'{"v":2}').hexdigest(),
        reason="For disclosure", title="", media_type="image/png" if kind == Kind.STILL else "video/mp4",
    )  # fmt: skip
    file = copy_register(source=source, put=put, making=making, actor=who_is(made_by).actor, made_by=made_by)
    _prepare(file, "direct", making.media_type)
    return Recording.objects.get(pk=file.recording_id)


def _prepare(
    file: RecordingFile, way: str, media_type: str, duration_s: float = FILM_S,
    codecs: dict[str, list[dict[str, str]]] | None = None,
) -> None:  # fmt: skip
    probe = {"playable": {"way": way, "because": "Looked at."}, "findings": [], **(codecs or PLAIN)}
    if not media_type.startswith("image/"):
        probe["duration_s"] = duration_s
    preparation_finish(file=file, prepared=Prepared(probe, media_type, 320, 180, True), derived=())
    file.recording.refresh_from_db()


def watched(recording: Recording, viewer: Person) -> None:
    """Somebody looked: two consultations in the record."""
    opened = playback_open(who=who_is(viewer), recording=recording, reason_code="investigation")
    playback_close(session=opened.session)


def built(disc_set: DiscSet) -> DiscSet:
    """Do its job here and now, as a worker does, the record being sealed as far as it goes."""
    job = job_of_set(disc_set)
    assert job is not None
    record_seal()
    attempt(job.pk)
    disc_set.refresh_from_db()
    return disc_set


def job(disc_set: DiscSet) -> Job:
    found = job_of_set(disc_set)
    assert found is not None
    return found


def image(disc_set: DiscSet, folder: Path, number: int = 1) -> Path:
    """A disc's image as a file, through the vault."""
    from evidence.vault.services import object_read

    disc = disc_set.discs.get(number=number)
    path = folder / f"{disc_set.id}-{number}.iso"
    path.write_bytes(b"".join(object_read(disc.image, 0, disc.image.size_bytes)))
    return path


def opened(path: Path, folder: Path) -> Path:
    """The image's files, taken out by xorriso."""
    reader = ["xorriso", "-no_rc", "-osirrox", "on:auto_chmod_on", "-indev", f"stdio:{path}"]
    subprocess.run([*reader, "-extract", "/", str(folder)], check=True, capture_output=True)
    for inside in (folder, *folder.rglob("*")):
        inside.chmod(0o755 if inside.is_dir() else 0o644)  # a disc is read-only; the test's folder is cleared
    return folder


def signed_in(person: Person) -> Client:
    """A browser in which this person has just signed in to the force site."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    session = client.session
    session[SIGNED_IN_AT] = timezone.now().isoformat()
    session.save()
    client.cookies[cookie_name("force", settings.SESSION_COOKIE_NAME)] = session.session_key
    return client


def verbs(kind: str, identifier: UUID) -> list[str]:
    return list(subject_events(kind, identifier).values_list("verb", flat=True))


def said(kind: str, identifier: UUID) -> list[Line]:
    return lines(subject_events(kind, identifier))


def last(kind: str, identifier: UUID) -> Line:
    return lines([Event.objects.filter(subject_kind=kind, subject_id=identifier).latest("subject_seq")])[0]
