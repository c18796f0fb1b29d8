"""Something to share, somebody who may, and what happens at the other end of a link."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from evidence.custody.queries import Line, lines, subject_events
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import Who, who_is
from evidence.recordings.models import Recording
from evidence.sharing.services.links import LinkCreated, LinkTerms, link_create
from tests import factories
from tests.factories import Scene
from tests.jobs.running import jobs_run

FOOTAGE = b"sixty seconds of footage"


def in_days(count: float) -> datetime:
    return timezone.now() + timedelta(days=count)


@dataclass(frozen=True)
class Sharing:
    """`lead` is an investigator, who may disclose `scene.recording`."""

    scene: Scene
    lead: Person

    @property
    def recording(self) -> Recording:
        return self.scene.recording

    @property
    def who(self) -> Who:
        return who_is(self.lead)

    def link(self, *, recording: Recording | None = None, **changes: object) -> LinkCreated:
        """A link for a solicitor; not mailed unless an address is given."""
        given: dict[str, object] = {
            "recipient_name": "Rosa Hart", "organisation": "Hart & Co", "reason": "Disclosure", "expires_at": in_days(7)
        }  # fmt: skip
        terms = LinkTerms(**(given | changes))  # type: ignore[arg-type]
        return link_create(who=self.who, recording=recording or self.recording, terms=terms)

    def told(self, verb: str = "") -> list[Line]:
        """Lines of the recording's record."""
        found = lines(subject_events("recording", self.recording.id))
        return [line for line in found if verb in line.verb]


@pytest.fixture
def sharing(db: None, tmp_path: Path) -> Sharing:
    cache.clear()  # the throttle remembers earlier tests
    return Sharing(factories.scene(tmp_path), factories.person(Role.INVESTIGATOR, rank="DC", surname="Begum"))


@pytest.fixture
def committed(transactional_db: None, tmp_path: Path) -> Sharing:
    """The same where jobs run."""
    cache.clear()
    return Sharing(factories.scene(tmp_path), factories.person(Role.INVESTIGATOR, rank="DC", surname="Begum"))


@dataclass
class Recipient:
    """Somebody outside with a link, in a browser of their own."""

    url: str
    client: Client

    def get(self, path: str = "") -> HttpResponse:
        return self.client.get(self.path + path)

    def post(self, path: str, **form: str) -> HttpResponse:
        return self.client.post(self.path + path, form)

    @property
    def path(self) -> str:
        return "/" + self.url.split("/", 3)[3]

    def opened(self, **form: str) -> str:
        """Opens it and returns the path of the viewer below the token."""
        answer = self.post("open", **form)
        assert answer.status_code == 302, answer.content.decode()[:3000]
        return answer["Location"].removeprefix(self.path)


def outside(created: LinkCreated) -> Recipient:
    return Recipient(created.url, Client(HTTP_HOST="share.localhost", enforce_csrf_checks=True))


def body(answer: HttpResponse) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def code_mailed() -> str:
    """Sends what waits and reads the code in the newest mail."""
    jobs_run()
    return re.search(r"^\d{6}$", mail.outbox[-1].body, re.MULTILINE)[0]  # type: ignore[index]
