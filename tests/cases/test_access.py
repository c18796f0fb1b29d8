"""Every endpoint of cases with every role, on the case and not. An endpoint that is not in the table fails."""

from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.urls import reverse

from evidence.cases import api_urls, urls
from evidence.cases.models import CaseMember
from evidence.cases.queries import members_of
from evidence.cases.services import exhibit_produce, member_add
from evidence.identity.models import Person
from evidence.identity.roles import Role
from tests import factories
from tests.cases.conftest import Inquiry, begun
from tests.factories import client_for

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PEOPLE = (
    "nobody", "postless", "own", "member", "lead", "supervisor", "investigator", "disclosure", "manager", "psd",
    "auditor", "administrator",
)  # fmt: skip
SIGNED_IN = frozenset(PEOPLE) - {"nobody"}
WORK = frozenset({"member", "lead", "manager", "disclosure"})
SEE = WORK | {"auditor", "psd"}
CHANGE = frozenset({"lead", "manager"})
OPEN = frozenset({"lead", "supervisor", "investigator", "disclosure", "manager"})
# the exhibit form belongs to whoever may watch the recording; in which cases, its choices say
WATCH = frozenset({"own", "member", "lead", "supervisor", "investigator", "disclosure", "manager", "psd"})
REFUSED = {401, 403, 404}


@dataclass(frozen=True)
class Row:
    name: str
    allowed: frozenset[str]
    method: str = "get"
    data: dict[str, str] = field(default_factory=dict)


ROWS = (
    Row("cases", SIGNED_IN), Row("case-new", OPEN), Row("case-new", OPEN, "post"), Row("case", SEE),
    Row("case-people", SEE), Row("case-people", CHANGE, "post"), Row("case-person-remove", CHANGE, "post"),
    Row("case-timeline", SEE), Row("exhibit-new", WATCH), Row("exhibit-new", WATCH, "post"), Row("exhibit-end", WORK),
    Row("exhibit-end", WORK, "post"), Row("api-cases", SIGNED_IN),
    Row("api-cases", OPEN, "post", {"urn": "T1", "title": "Theft"}), Row("api-case", SEE),
    Row("api-case-members", SEE), Row("api-case-members", CHANGE, "post"), Row("api-case-member", CHANGE, "delete"),
    Row("api-exhibits", SEE), Row("api-exhibits", WORK, "post"), Row("api-exhibit-withdraw", WORK, "post"),
)  # fmt: skip
PATTERNS = {pattern.name: pattern for pattern in (*urls.urlpatterns, *api_urls.urlpatterns)}


def test_every_endpoint_is_in_the_table():
    assert {row.name for row in ROWS} == set(PATTERNS)


def cast(inquiry: Inquiry) -> dict[str, Person | None]:
    roles = {
        "investigator": Role.INVESTIGATOR, "disclosure": Role.DISCLOSURE_OFFICER, "manager": Role.EVIDENCE_MANAGER,
        "psd": Role.PSD, "auditor": Role.AUDITOR, "administrator": Role.ADMINISTRATOR, "postless": None,
    }  # fmt: skip
    scene = inquiry.scene
    known = {"nobody": None, "own": scene.officer, "supervisor": scene.sergeant, "lead": inquiry.lead}
    return {**known, "member": scene.colleague, **{name: factories.person(role) for name, role in roles.items()}}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.name}")
def test_only_those_who_may_get_through(row: Row, tmp_path):
    inquiry = begun(tmp_path)
    exhibit = exhibit_produce(
        who=inquiry.who, case=inquiry.case, recording=inquiry.scene.recording, producer=inquiry.lead, description="x"
    )
    member_add(who=inquiry.who, case=inquiry.case, person=inquiry.scene.colleague)
    values = {
        "case_id": inquiry.case.id, "recording_id": inquiry.scene.recording.id, "exhibit_id": exhibit.id,
        "member_id": members_of(inquiry.case).get(person=inquiry.lead).id,
    }  # fmt: skip
    wanted = {name: value for name, value in values.items() if name in PATTERNS[row.name].pattern.converters}
    path = reverse(row.name, urlconf="config.urls.force", kwargs=wanted)
    people = cast(inquiry)
    through = set()
    for name in PEOPLE:
        options = {"content_type": "application/json"} if path.startswith("/api/") and row.method != "get" else {}
        answer = getattr(client_for(people[name]), row.method)(path, row.data, **options)
        is_sent_away = answer.get("Location", "").startswith(settings.LOGIN_URL)
        if answer.status_code not in REFUSED and not is_sent_away:
            through.add(name)
        CaseMember.objects.update(removed_at=None)  # one who was taken off is there again for the next who asks
    assert through == row.allowed
