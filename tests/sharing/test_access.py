"""Every endpoint of sharing on the force site with every role. An endpoint that is not in the table fails."""

from dataclasses import dataclass

import pytest
from django.conf import settings
from django.urls import reverse

from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import Recording
from evidence.recordings.services.access import Place, access_give
from evidence.sharing import api_urls, urls
from evidence.sharing.models import Link, Share
from evidence.sharing.services.shares import share_give
from tests import factories
from tests.factories import client_for
from tests.sharing.conftest import Sharing, in_days

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PEOPLE = (
    "nobody", "postless", "own", "given", "listed", "discloser", "stranger", "supervisor", "maker", "disclosure",
    "manager", "psd", "auditor", "administrator",
)  # fmt: skip
LIST = frozenset(
    {"own", "given", "listed", "discloser", "supervisor", "maker", "disclosure", "manager", "psd", "auditor"}
)
SHARE = frozenset({"own", "supervisor", "maker", "manager"})
DISCLOSE = frozenset({"discloser", "supervisor", "maker", "disclosure", "manager"})
# who keeps the access list may end what was shared, too
END_SHARE, END_LINK = SHARE | {"psd"}, DISCLOSE | {"psd"}
# restricted: its officer, its list (the share of "given" is suspended), and those who may know that it exists; "own"
# ends the share that they gave themselves
RESTRICTED = {
    LIST: frozenset({"own", "listed", "discloser", "manager", "psd", "auditor"}), SHARE: frozenset(),
    DISCLOSE: frozenset({"discloser"}), END_SHARE: frozenset({"own", "manager", "psd"}),
    END_LINK: frozenset({"discloser", "manager", "psd"}),
}  # fmt: skip
REFUSED = {401, 403, 404}


@dataclass(frozen=True)
class Row:
    name: str
    allowed: frozenset[str]
    method: str = "get"


ROWS = (
    Row("recording-share", LIST), Row("share-new", SHARE, "post"), Row("link-new", DISCLOSE),
    Row("link-new", DISCLOSE, "post"), Row("share-end", END_SHARE, "post"), Row("link-end", END_LINK, "post"),
    Row("link-later", DISCLOSE), Row("link-later", DISCLOSE, "post"), Row("api-shares", LIST),
    Row("api-shares", SHARE, "post"), Row("api-links", LIST),
    Row("api-links", DISCLOSE, "post"), Row("api-share-revoke", END_SHARE, "post"),
    Row("api-link-revoke", END_LINK, "post"), Row("api-link-extend", DISCLOSE, "post"),
)  # fmt: skip
PATTERNS = {pattern.name: pattern for pattern in (*urls.urlpatterns, *api_urls.urlpatterns)}


def test_every_endpoint_is_in_the_table():
    assert {row.name for row in ROWS} == set(PATTERNS)


def cast(sharing: Sharing) -> dict[str, Person | None]:
    roles = {
        "disclosure": Role.DISCLOSURE_OFFICER, "manager": Role.EVIDENCE_MANAGER, "psd": Role.PSD,
        "auditor": Role.AUDITOR, "administrator": Role.ADMINISTRATOR, "stranger": Role.OFFICER, "listed": Role.OFFICER,
        "discloser": Role.OFFICER, "postless": None,
    }  # fmt: skip
    scene = sharing.scene
    known = {"nobody": None, "own": scene.officer, "given": scene.colleague, "supervisor": scene.sergeant}
    return {**known, "maker": sharing.lead, **{name: factories.person(role) for name, role in roles.items()}}


@pytest.mark.parametrize("is_restricted", [False, True], ids=["open", "restricted"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.name}")
def test_only_those_who_may_get_through(row: Row, is_restricted: bool, sharing: Sharing):
    link = sharing.link().link
    share = share_give(
        who=who_is(sharing.scene.officer), recording=sharing.recording, to=sharing.scene.colleague, reason="x",
        until_at=in_days(1),
    )  # fmt: skip
    Recording.objects.update(is_restricted=is_restricted)
    values = {"recording_id": sharing.recording.id, "link_id": link.id, "share_id": share.id}
    wanted = {name: value for name, value in values.items() if name in PATTERNS[row.name].pattern.converters}
    path = reverse(row.name, urlconf="config.urls.force", kwargs=wanted)
    people = cast(sharing)
    keeper = factories.who(Role.EVIDENCE_MANAGER)
    access_give(who=keeper, recording=sharing.recording, person=people["listed"], reason="Child protection")
    access_give(
        who=keeper, recording=sharing.recording, person=people["discloser"], reason="Officer in the case",
        place=Place(may_disclose=True),
    )  # fmt: skip
    body = {"expires_at": in_days(2).isoformat()} if row.name == "api-link-extend" else {}
    options = {"content_type": "application/json"} if path.startswith("/api/") and row.method != "get" else {}
    through = set()
    for name in PEOPLE:
        answer = getattr(client_for(people[name]), row.method)(path, body, **options)
        if answer.status_code not in REFUSED and not answer.get("Location", "").startswith(settings.LOGIN_URL):
            through.add(name)
        # ended by one, it is there again for the next: a page that shows the share's end must not hide a missing check
        Link.objects.update(revoked_at=None)
        Share.objects.update(revoked_at=None)
        share.grant.refresh_from_db()
        type(share.grant).objects.filter(pk=share.grant_id).update(revoked_at=None)
    assert through == (RESTRICTED[row.allowed] if is_restricted else row.allowed)
