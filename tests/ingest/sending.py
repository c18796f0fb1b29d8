"""A sender in tests: tus requests through the whole middleware, as a dock or as a person."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.test import Client

from evidence.fleet.services import dock_enrol
from evidence.identity.models import Person, Unit
from evidence.ingest.models import Upload
from tests import factories

CHUNK = "application/offset+octet-stream"
RECORDED_AT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def metadata_header(**values: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def checksum(name: str, content: bytes) -> str:
    return f"{name} {base64.b64encode(hashlib.new(name, content).digest()).decode()}"


@dataclass
class Sender:
    """Sends on one site with one identity. Headers of a call go over the usual ones; None takes one away."""

    client: Client
    host: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: bytes = b"", content_type: str = CHUNK, **headers: str | None
    ) -> HttpResponse:
        given = {"tus-resumable": "1.0.0", **self.headers, "host": self.host}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in given.items() if value is not None}
        return self.client.generic(method, path, body, content_type, headers=kept, CONTENT_TYPE=content_type)

    def create(
        self, content: bytes, *, body: bytes = b"", told: dict[str, str] | None = None, **headers: str | None
    ) -> HttpResponse:
        described = {"filename": "shift.mp4", "sha256": sha256(content), **(told or {})}
        usual = {"upload_length": str(len(content)), "upload_metadata": metadata_header(**described)}
        return self.ask("POST", "/tus/v1/", body, CHUNK if body else "", **{**usual, **headers})

    def begun(self, content: bytes, **told: str) -> str:
        """Path of a new upload."""
        return path_of(self.create(content, told=told))

    def patch(self, path: str, body: bytes, at: int = 0, **headers: str | None) -> HttpResponse:
        return self.ask("PATCH", path, body, **{"upload_offset": str(at), **headers})

    def sent(self, content: bytes, **told: str) -> Upload:
        """An upload whose every byte is here."""
        path = self.begun(content, **told)
        if content:
            assert self.patch(path, content).status_code == 204
        return upload_at(path)

    def offset(self, path: str) -> int:
        return int(self.ask("HEAD", path)["Upload-Offset"])


def path_of(response: HttpResponse) -> str:
    assert response.status_code == 201, response.content
    return "/tus/v1/" + response["Location"].rpartition("/")[2]


def upload_at(path: str) -> Upload:
    return Upload.objects.get(pk=UUID(path.rpartition("/")[2]))


def dock_sender(unit: Unit | None = None) -> Sender:
    dock, token = dock_enrol(name=f"Dock {uuid4().hex[:6]}", unit=unit or factories.unit())
    sender = Sender(Client(), "docks.localhost", {"authorization": f"Bearer {token}"})
    sender.dock = dock
    return sender


def page_sender(person: Person) -> Sender:
    """A script of our own page: session, token of the page's form, and the headers a browser adds."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    session = client.session
    session["signed_in_at"] = datetime.now(UTC).isoformat()
    session.save()
    client.cookies["force_sessionid"] = client.cookies.pop("sessionid").value
    shown = client.get("/upload", headers={"host": "localhost"})
    token = _token(shown.content.decode())
    sender = Sender(client, "localhost", {"x-csrftoken": token} if token else {})
    sender.shown = shown
    return sender


def _token(html: str) -> str:
    return html.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
