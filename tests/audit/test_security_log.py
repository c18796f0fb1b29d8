"""The security log: what gives power leaves a line that says who gave it, and auditors read it, which is a line too."""

import io
import os
import pwd
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.utils import timezone

from evidence.custody.models import Event
from evidence.fleet.services import dock_enrol
from evidence.identity.models import AccessToken, Person, SecurityEntry
from evidence.identity.roles import Role
from evidence.identity.services import person_create, post_give, security_log, token_make, token_revoke, unit_create
from tests import factories
from tests.factories import client_for
from tests.identity import people

pytestmark = pytest.mark.django_db
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
PAGE = "/audit/security"


def entry(kind: str) -> SecurityEntry:
    return SecurityEntry.objects.filter(kind=kind).latest("at")


def read(reader: Person, query: str = "") -> str:
    answer = client_for(reader).get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def auditor(db: None) -> Person:
    return factories.person(Role.AUDITOR)


def test_what_gives_power_names_who_gave_it_what_and_to_whom() -> None:
    admin = factories.person(Role.ADMINISTRATOR)
    force = unit_create(name="Force", by=admin)
    unit = unit_create(name="Team A", parent=force, by=admin)
    ann = person_create(
        username="ann", password=people.PASSWORD, first_name="Ann", surname="Smith", by=admin
    )  # fmt: skip
    post_give(person=ann, unit=unit, role=Role.AUDITOR, until_at=timezone.now() + timedelta(days=1), by=admin)
    token_make(owner_kind="person", owner_id=ann.id, label="import", scopes=["upload"], by=admin)
    token_revoke(token=AccessToken.objects.get(), by=admin)
    lines = {kind: entry(kind) for kind in ("unit:added", "person:added", "post:given", "token:made", "token:revoked")}
    assert {line.person for line in lines.values()} == {admin}
    assert {line.account for line in lines.values()} == {""}
    assert [line.about for line in lines.values()] == [None, ann, ann, ann, ann]
    assert lines["unit:added"].detail == "Team A, under Force"
    assert lines["person:added"].detail == "signs in as ann"
    assert lines["post:given"].detail.startswith("Auditor, Team A, from ")
    assert "until" in lines["post:given"].detail
    assert lines["token:made"].detail == "person import, may upload"


def test_a_command_names_the_account_of_the_operating_system_whatever_the_environment_says(monkeypatch) -> None:
    for name in ("LOGNAME", "USER", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    call_command("unit_add", "--name", "Team A", stdout=io.StringIO())
    call_command(
        "person_add", "ann", "--first-name", "Ann", "--surname", "Smith", "--generate", stdout=io.StringIO()
    )  # fmt: skip
    call_command("post_give", "ann", "--role", "administrator", "--unit", "Team A", stdout=io.StringIO())
    call_command("token_make", "ann", "--label", "import", stdout=io.StringIO())
    call_command("token_revoke", "--label", "import", stdout=io.StringIO())
    lines = list(SecurityEntry.objects.order_by("at"))
    assert [line.kind for line in lines] == ["unit:added", "person:added", "post:given", "token:made", "token:revoked"]
    assert {(line.account, line.person) for line in lines} == {(ACCOUNT, None)}


def test_the_token_of_a_dock_has_its_line_too() -> None:
    dock_enrol(name="Dock 1", unit=factories.unit())
    line = entry("token:made")
    assert (line.account, line.about, line.detail) == (ACCOUNT, None, "dock Dock 1, may upload")


def test_what_was_refused_left_no_line() -> None:
    unit_create(name="Team A")
    with pytest.raises(Exception, match="already exists"):
        unit_create(name="Team A")
    assert SecurityEntry.objects.filter(kind="unit:added").count() == 1


def test_an_auditor_reads_it_and_that_is_a_line_of_it_and_no_custody_event(auditor: Person) -> None:
    ann = factories.person(Role.INVESTIGATOR, surname="Smith")
    text = read(auditor)
    assert "Post given" in text
    assert f"Account {ACCOUNT}, at a terminal" in text
    assert ann.label in text
    line = entry("log:read")
    assert (line.person, line.detail, line.address) == (auditor, "every kind", "127.0.0.1")
    assert "Security log read" in read(auditor)
    assert not Event.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
def test_nobody_else_reads_it_and_the_attempt_is_a_line(role: Role) -> None:
    someone = factories.person(role)
    answer = client_for(someone).get(PAGE)
    assert answer.status_code == 403
    assert "is read by auditors" in answer.content.decode()
    assert entry("log:refused").person == someone
    assert "audit/security" not in client_for(someone).get("/audit/").content.decode()


def test_auditors_find_it_from_the_custody_record(auditor: Person) -> None:
    assert f'href="{PAGE}"' in client_for(auditor).get("/audit/").content.decode()


def test_it_is_narrowed_to_what_a_person_did_suffered_and_tried(auditor: Person) -> None:
    ann, bob = factories.person(surname="Smith"), factories.person(surname="Brown")
    security_log(kind="sign-in", person=ann, address="192.0.2.1")
    security_log(kind="sign-in:refused", detail=ann.username.upper(), address="192.0.2.2")
    security_log(kind="sign-in", person=bob, address="192.0.2.3")
    text = read(auditor, f"?person={ann.collar_number}")
    assert "192.0.2.1" in text
    assert "192.0.2.2" in text
    assert "Post given" in text
    assert "192.0.2.3" not in text
    assert bob.label not in text
    only = read(auditor, f"?person={ann.username}&kind=sign-in:refused")
    assert "192.0.2.2" in only
    assert "192.0.2.1" not in only
    assert "Nobody has this collar number" in read(auditor, "?person=nobody-at-all")


def test_it_is_read_in_pages_and_none_is_lost_or_shown_twice(auditor: Person) -> None:
    now = timezone.now()
    SecurityEntry.objects.bulk_create(
        SecurityEntry(kind="sign-out", detail=f"number {number:03}", at=now - timedelta(seconds=number // 3))
        for number in range(120)
    )
    seen: list[str] = []
    query = "?kind=sign-out"
    while query:
        text = read(auditor, query)
        shown = [word for word in (f"number {number:03}" for number in range(120)) if word in text]
        assert len(shown) <= 50
        seen += shown
        after = text.partition('rel="next"')[0].rpartition('href="')[2]
        query = f"?{urlsplit(after.partition(chr(34))[0]).query.replace('&amp;', '&')}" if 'rel="next"' in text else ""
    assert sorted(seen) == [f"number {number:03}" for number in range(120)]
