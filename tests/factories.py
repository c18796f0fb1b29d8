"""What tests start from: people in posts, cameras, recordings sealed through the vault, by the product's services."""

import functools
import hashlib
import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from evidence.custody.parties import system
from evidence.custody.services import act
from evidence.fleet.models import Camera
from evidence.fleet.services import camera_add
from evidence.identity.models import AccessGrant, Person, Unit
from evidence.identity.roles import Role
from evidence.identity.services import grant_give, post_give, unit_create
from evidence.identity.who import Who, who_is
from evidence.recordings.models import Category, Kind, Recording, RecordingFile
from evidence.recordings.services.copies import Making, copy_register
from evidence.recordings.services.preparing import Prepared, preparation_finish
from evidence.recordings.services.sealing import Sealing, recording_seal
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put, object_register

PASSWORD = "correct-horse-battery-staple"
TESTS = system("Tests")
_numbers = itertools.count(1000)
_DIRECT = {"playable": {"way": "direct", "because": "Browsers play this H.264 file as it is."}, "findings": []}


@functools.cache
def _hashed() -> str:
    """Hashing is slow on purpose: once a run is enough."""
    return make_password(PASSWORD)


def unit(name: str = "", *, parent: Unit | None = None) -> Unit:
    """A team; without a name a new one each time."""
    found = Unit.objects.filter(name=name).first() if name else None
    return found or unit_create(name=name or f"Team {uuid4().hex[:8]}", parent=parent)


def person(role: Role | None = Role.OFFICER, team: Unit | None = None, **facts: str) -> Person:
    """Somebody in a post who can sign in with PASSWORD; `role` None: nobody's post."""
    number = next(_numbers)
    made = Person(
        username=facts.pop("username", f"person{number}"), rank=facts.pop("rank", "PC"),
        collar_number=facts.pop("collar_number", str(number)), first_name=facts.pop("first_name", "Test"),
        surname=facts.pop("surname", f"Person{number}"), **facts,
    )  # fmt: skip
    made.password = _hashed()
    made.full_clean()
    made.save()
    if role is not None:
        post_give(person=made, unit=team or unit(), role=role, from_at=timezone.now() - timedelta(days=30))
    return made


def who(role: Role | None = Role.OFFICER, team: Unit | None = None) -> Who:
    """A new person as asker."""
    return who_is(person(role, team))


def camera(serial: str = "") -> Camera:
    """A camera of the force."""
    return camera_add(serial=serial or f"CAM-{uuid4().hex[:8]}")


def category(name: str = "Domestic incident") -> Category:
    """A category, the same one for the same name."""
    return Category.objects.get_or_create(name=name)[0]


def sealed(
    source: Path | bytes, *, officer: Person | None = None, team: Unit | None = None, tmp: Path | None = None,
    recorded_at: datetime | None = None, **facts: object,
) -> RecordingFile:  # fmt: skip
    """A Master in the vault and in the record, not looked at yet. Bytes need `tmp` to pass through."""
    path = source if isinstance(source, Path) else _written(source, tmp)
    put = object_put(object_class=ObjectClass.MASTER, source=path)
    sealing = Sealing(
        untrusted_filename=str(facts.pop("filename", path.name)), recorded_at=recorded_at or timezone.now(),
        recorded_at_source="declared", received_at=timezone.now(), officer=officer, unit=team, **facts,  # type: ignore[arg-type]
    )  # fmt: skip
    with act(actor=TESTS) as deed:
        return recording_seal(deed=deed, stored=object_register(put), sealing=sealing, rule="test")


def playable(
    content: bytes, *, officer: Person | None = None, team: Unit | None = None, tmp: Path, **facts: object
) -> Recording:
    """A recording that counts as playable without having been looked at: for tests that show no picture."""
    file = sealed(content, officer=officer, team=team, tmp=tmp, **facts)
    probe = {**_DIRECT, "duration_s": 60.0}
    recording = preparation_finish(file=file, prepared=Prepared(probe, "video/mp4", 640, 360, True), derived=())
    return Recording.objects.get(pk=recording.pk)


def copy_of(source: RecordingFile, content: bytes, *, tmp: Path, made_by: Person, kind: Kind = Kind.CLIP) -> Recording:
    """A working copy of a file, registered as a render would."""
    put = object_put(object_class=ObjectClass.COPY, source=_written(content, tmp))
    making = Making(
        kind=kind, recipe={"v": 1}, recipe_sha256="1" * 64, statement={"v": 1}, statement_sha256="2" * 64,
        reason="For the interview", title="", media_type="image/png" if kind == Kind.STILL else "video/mp4",
    )  # fmt: skip
    file = copy_register(source=source, put=put, making=making, actor=who_is(made_by).actor, made_by=made_by)
    preparation_finish(file=file, prepared=Prepared({**_DIRECT, "duration_s": 5.0}, making.media_type), derived=())
    return Recording.objects.get(pk=file.recording_id)


def granted(recording: Recording, grantee: Person, *, until_at: datetime | None = None, **rights: bool) -> AccessGrant:
    """Access for one person, as a share would give it."""
    return grant_give(
        subject_kind="recording", subject_id=recording.id, grantee=grantee, granted_by=person(), reason="To help",
        source_kind="share", source_id=uuid4(), until_at=until_at, **rights,
    )  # fmt: skip


def _written(content: bytes, tmp: Path | None) -> Path:
    assert tmp is not None, "give tmp= (a tmp_path) with bytes"
    path = tmp / f"{hashlib.sha256(content).hexdigest()[:12]}.mp4"
    path.write_bytes(content)
    return path


@dataclass(frozen=True)
class Scene:
    """A team with its officer, a colleague and a sergeant, and one playable recording of the officer's."""

    team: Unit
    officer: Person
    colleague: Person
    sergeant: Person
    recording: Recording

    @property
    def file(self) -> RecordingFile:
        """Its Master."""
        return self.recording.files.get(role="master")


def scene(tmp: Path) -> Scene:
    """A new team and its recording."""
    team = unit()
    officer = person(team=team)
    recording = playable(b"sixty seconds of footage", officer=officer, team=team, tmp=tmp, incident_ref="CV-20431")
    return Scene(team, officer, person(team=team), person(Role.SUPERVISOR, team, rank="Sgt"), recording)


def client_for(someone: Person | None, *, site: str = "force") -> Client:
    """A client on a site in whose session the person is signed in; None: nobody is."""
    client = Client(HTTP_HOST="localhost" if site == "force" else f"{site}.localhost")
    if someone is not None:
        client.force_login(someone, backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        session["signed_in_at"] = timezone.now().isoformat()
        session.save()
        client.cookies[f"{site}_sessionid"] = client.cookies["sessionid"].value
    return client
