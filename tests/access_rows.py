"""The rows of the table of roles and endpoints: how each is asked, and who gets through.

What an endpoint does is tested in its room; here is only who may. A row's `ids` makes what its address names, anew for
each person who asks, so that one person's deed does not stand in the next one's way.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any
from uuid import uuid4

from django.test import override_settings
from django.utils import timezone

from evidence.alignment.models import Alignment
from evidence.audit.erasure_services import erasure_propose
from evidence.cases.models import Case
from evidence.cases.services import case_open, exhibit_produce, member_add
from evidence.custody.choosing import texts_of_line
from evidence.custody.erasing import Authority
from evidence.custody.models import AuthorityKind
from evidence.editing.models import Detection
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.services import job_enqueue
from evidence.recordings.models import FileRole, PlaybackSession, Recording
from evidence.recordings.queries import original_file
from evidence.recordings.services.access import access_give
from evidence.recordings.services.derived import Derived, derived_register
from evidence.recordings.services.notes import marker_add
from evidence.recordings.subjects import subject_of
from evidence.sharing.services.links import LinkTerms, link_create
from evidence.sharing.services.shares import share_give
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put
from tests import factories
from tests.factories import Scene, client_for
from tests.signoff.material import looked_at, place, redaction

PEOPLE = (
    "nobody", "own", "colleague", "supervisor", "other-supervisor", "investigator", "disclosure", "manager", "psd",
    "auditor", "administrator", "postless",
)  # fmt: skip
ALL = frozenset(PEOPLE)
SIGNED_IN = ALL - {"nobody"}
WATCH = frozenset({"own", "supervisor", "investigator", "disclosure", "manager", "psd"})
LIST = WATCH | {"auditor"}
ANNOTATE = frozenset({"own", "supervisor", "investigator", "manager"})
DOWNLOAD = WATCH - {"own"}
CUSTODY = frozenset({"supervisor", "investigator", "manager", "psd", "auditor"})
RESTRICT = frozenset({"manager", "psd"})
# What is left of each when the recording is restricted: its officer, and the existence for those who keep the list
RESTRICTED = {
    LIST: frozenset({"own", "manager", "psd", "auditor"}), WATCH: frozenset({"own"}), ANNOTATE: frozenset({"own"}),
    DOWNLOAD: frozenset(), CUSTODY: frozenset({"auditor"}), RESTRICT: RESTRICT,
}  # fmt: skip

Ids = Callable[[Scene], dict[str, object]]


def item(scene: Scene) -> dict[str, object]:
    return {"recording_id": scene.recording.id}


def with_marker(scene: Scene) -> dict[str, object]:
    marker = marker_add(who=who_is(scene.officer), recording=scene.recording, at_s=1)
    return {**item(scene), "marker_id": marker.id}


def with_transcript(scene: Scene) -> dict[str, object]:
    if not scene.recording.files.filter(role=FileRole.TRANSCRIPT).exists():
        with NamedTemporaryFile() as file:
            file.write(b'{"v": 1, "language": "en", "words": []}')
            file.flush()
            put = object_put(object_class=ObjectClass.DERIVED, source=Path(file.name))
        derived_register(original_file(scene.recording), Derived(FileRole.TRANSCRIPT, put, "application/json"))
    return item(scene)


def with_erasure(scene: Scene) -> dict[str, object]:
    proposer = who_is(factories.person(Role.EVIDENCE_MANAGER))
    named = texts_of_line(scene.recording.id, 1)
    authority = Authority(AuthorityKind.COURT_ORDER, "T20267001")
    return {"proposal_id": erasure_propose(who=proposer, authority=authority, reason="Ordered", chosen=named).id}


def with_detection(scene: Scene) -> dict[str, object]:
    file = scene.recording.files.get(role=FileRole.MASTER)
    look = Detection.objects.create(
        recording=scene.recording, file=file, settings={"v": 1, "detectors": []}, settings_sha256=uuid4().hex
    )
    return {**item(scene), "detection_id": look.id}


def with_following(scene: Scene) -> dict[str, object]:
    """A following that the recording's officer asked for."""
    officer = who_is(scene.officer)
    job = job_enqueue(
        kind="find.follow", key=f"follow:{uuid4()}", actor=officer.actor, subject=subject_of(scene.recording)
    )
    return {**item(scene), "job_id": job.id}


def with_grant(scene: Scene) -> dict[str, object]:
    keeper = who_is(factories.person(Role.EVIDENCE_MANAGER))
    grant = access_give(who=keeper, recording=scene.recording, person=factories.person(), reason="Case")
    return {**item(scene), "grant_id": grant.id}


def of_own_session(scene: Scene) -> dict[str, object]:
    client = client_for(scene.officer)
    client.post(f"/recordings/{scene.recording.id}/open", {"reason_code": "review"})
    session = PlaybackSession.objects.latest("opened_at")
    cookie = next(name for name in client.cookies if name.startswith("playback_"))
    return {"session_id": session.id, "name": "video", "part": 1, "_cookie": (cookie, client.cookies[cookie].value)}


def shared(scene: Scene) -> dict[str, object]:
    """A share given by an evidence manager while the recording was open."""
    was, keeper = _opened(scene), who_is(factories.person(Role.EVIDENCE_MANAGER))
    friend = factories.person()
    share = share_give(who=keeper, recording=scene.recording, to=friend, reason="Case", until_at=_tomorrow())
    _closed(scene, was=was)
    return {"share_id": share.id}


def linked(scene: Scene) -> dict[str, object]:
    """A link made by an evidence manager while the recording was open."""
    was, keeper = _opened(scene), who_is(factories.person(Role.EVIDENCE_MANAGER))
    terms = LinkTerms(recipient_name="A. Solicitor", reason="Disclosure", expires_at=_tomorrow())
    made = link_create(who=keeper, recording=scene.recording, terms=terms)
    _closed(scene, was=was)
    return {"link_id": made.link.id}


def _opened(scene: Scene) -> bool:
    was = Recording.objects.values_list("is_restricted", flat=True).get(pk=scene.recording.pk)
    _closed(scene, was=False)
    return was


def _closed(scene: Scene, *, was: bool) -> None:
    Recording.objects.filter(pk=scene.recording.pk).update(is_restricted=was)


def _tomorrow() -> Any:
    return timezone.now() + timedelta(days=1)


def _case() -> Case:
    lead = factories.person(Role.INVESTIGATOR)
    return case_open(who=who_is(lead), urn=uuid4().hex[:12], title="R v Smith", officer_in_case=lead)


def with_case(scene: Scene) -> dict[str, object]:
    """A case of an investigator who is not among the people of the table."""
    return {"case_id": _case().id}


def with_member(scene: Scene) -> dict[str, object]:
    case = _case()
    member = member_add(who=who_is(case.officer_in_case), case=case, person=factories.person())
    return {"case_id": case.id, "member_id": member.id}


def with_exhibit(scene: Scene) -> dict[str, object]:
    was, case = _opened(scene), _case()
    lead = who_is(case.officer_in_case)
    exhibit = exhibit_produce(
        who=lead, case=case, recording=scene.recording, producer=scene.officer, description="Door"
    )
    _closed(scene, was=was)
    return {"exhibit_id": exhibit.id}


_redactions: dict[object, dict[str, object]] = {}


def with_redaction(scene: Scene) -> dict[str, object]:
    """A redaction that the officer made, looked at once, with one place on the list; the same for all of a scene, for
    nothing that is asked of it here changes it."""
    if scene.recording.id not in _redactions:
        with TemporaryDirectory() as folder, override_settings(LOOK_AGAIN=("faces",)):
            copy = redaction(scene, Path(folder))
            looked_at(copy, scene.officer, place())
        _redactions[scene.recording.id] = {"recording_id": copy.id, "look_number": 1, "number": 1}
    return _redactions[scene.recording.id]


@dataclass(frozen=True)
class Row:
    """One endpoint: how it is asked, and who gets through while the recording is open to all whose work needs it."""

    route: str
    allowed: frozenset[str]
    method: str = "get"
    data: dict[str, Any] = field(default_factory=dict)
    ids: Ids = item
    is_json: bool = False
    restricted: frozenset[str] | None = None
    """Who is left when the recording is restricted, where `RESTRICTED` does not say it for `allowed`."""


def with_other(scene: Scene) -> dict[str, object]:
    """Another recording of the same officer, with something proposed about the two."""
    with TemporaryDirectory() as folder:
        other = factories.playable(uuid4().bytes, officer=scene.officer, team=scene.team, tmp=Path(folder))
    proposed = Alignment.objects.create(
        one=scene.recording, other=other, source="sound", state="proposed", offset_ms=1, made_by=scene.officer
    )
    return {**item(scene), "other_id": other.id, "alignment_id": proposed.id}


WORK = ANNOTATE | {"disclosure"}
SECOND = WORK - {"own"}
RESTRICTED |= {WORK: frozenset({"own"}), SECOND: frozenset()}
R, A, M = "recordings/<uuid:recording_id>/", "api/v1/recordings/<uuid:recording_id>", "media/<uuid:session_id>/"
D, L = f"{A}/detections/<uuid:detection_id>", "edit/redaction/find/<uuid:detection_id>"
OWN = frozenset({"own"})
PLACE = "look-again/<int:look_number>/places/<int:number>"
CASE = {"urn": "20ab0012326", "title": "R v Smith"}
SOON = timezone.now() + timedelta(days=3)
LATER = {"expires_at": SOON.isoformat()}
LATER_FORM = {"expires_day": SOON.day, "expires_month": SOON.month, "expires_year": SOON.year}
DISCLOSE = frozenset({"supervisor", "investigator", "disclosure", "manager"})
EDIT = ANNOTATE
ENDS_SHARE = ANNOTATE | {"psd"}
ENDS_LINK = DISCLOSE | {"psd"}
CASE_VIEW = frozenset({"manager", "disclosure", "auditor", "psd"})
CASE_PRODUCE = frozenset({"manager", "disclosure"})
CASE_CHANGE = frozenset({"manager"})
OPENERS = frozenset({"supervisor", "other-supervisor", "investigator", "disclosure", "manager"})
RESTRICTED |= {DISCLOSE: frozenset(), ENDS_SHARE: RESTRICT}
C, X = "cases/<uuid:case_id>/", "api/v1/cases/<uuid:case_id>"
REASON = {"reason_code": "review"}
SEARCHERS = frozenset({"auditor", "psd", "manager"})
B, G = f"{R}beside/<uuid:other_id>/", f"{A}/alignments/<uuid:other_id>"
SINCE = {"from_at": "2020-01-01T00:00Z"}
E = "audit/erasures/<uuid:proposal_id>"
ROWS = (
    Row("favicon.ico", ALL), Row("sign-in", ALL), Row("session/stay", SIGNED_IN, "post"),
    Row("session/stay", SIGNED_IN),
    Row("", SIGNED_IN), Row("recordings/", SIGNED_IN), Row("recordings/", SIGNED_IN, data={"view": "pictures"}),
    Row(R, LIST), Row(f"{R}state", LIST), Row(f"{R}copies", LIST), Row(f"{R}details", LIST), Row(f"{R}access", LIST),
    Row(f"{R}custody", LIST), Row(f"{R}open", WATCH, "post", REASON), Row(f"{R}close", LIST, "post"),
    Row(f"{R}beside", WATCH), Row(f"{R}beside/open", WATCH, "post", REASON),
    Row(f"{B}listen", WATCH, "post", ids=with_other), Row(f"{B}set", ANNOTATE, "post", ids=with_other),
    Row(f"{B}<uuid:alignment_id>/decide", ANNOTATE, "post", ids=with_other),
    Row(f"{A}/alignments", WATCH), Row(G, WATCH, ids=with_other), Row(G, WATCH, "post", {}, with_other, is_json=True),
    Row(G, ANNOTATE, "put", {}, with_other, is_json=True),
    Row(f"{G}/<uuid:alignment_id>", ANNOTATE, "put", {}, with_other, is_json=True),
    Row(f"{R}retry", ANNOTATE, "post"), Row(f"{R}markers", ANNOTATE, "post", {"at_s": "1", "part": "1"}),
    Row(f"{R}markers/<uuid:marker_id>/remove", ANNOTATE, "post", ids=with_marker),
    Row(f"{R}notes", ANNOTATE, "post", {"note-text": "Seen."}),
    Row(f"{R}change", ANNOTATE, "post", {"details-version": 1, "details-title": "Door"}),
    Row(f"{R}thumbnail", frozenset()), Row(f"{R}restriction", RESTRICT, "post", {}),
    Row(f"{R}access/add", RESTRICT, "post", {}),
    Row(f"{R}access/<uuid:grant_id>/remove", RESTRICT, "post", ids=with_grant),
    Row(f"{R}custody/report", CUSTODY), Row(f"{R}custody/report", CUSTODY, "post", {}),
    Row(f"{A}/custody-report", CUSTODY, "post", REASON, is_json=True),
    Row(f"{C}custody/report", CASE_VIEW, ids=with_case), Row(f"{C}custody/report", CASE_VIEW, "post", {}, with_case),
    Row(f"{X}/custody-report", CASE_VIEW, "post", REASON, with_case, is_json=True),
    Row("audit/report", SEARCHERS), Row("audit/report", SEARCHERS, "post", {}),
    Row("audit/log", SEARCHERS), Row("audit/log", SEARCHERS, "post", {}),
    Row("api/v1/custody-report", SEARCHERS, "post", {**REASON, **SINCE}, is_json=True),
    Row("api/v1/custody-log", SEARCHERS, "post", {**REASON, **SINCE}, is_json=True),
    Row("audit/erasures", frozenset({"manager"})), Row("audit/erasures/new", frozenset({"manager"})),
    Row("audit/erasures/new", frozenset({"manager"}), "post", {}), Row(E, frozenset({"manager"}), ids=with_erasure),
    Row(f"{E}/approve", frozenset({"manager"}), "post", ids=with_erasure),
    Row(f"{E}/refuse", frozenset({"manager"}), "post", {"reason": "No"}, with_erasure),
    Row("check", SIGNED_IN), Row("check", SIGNED_IN, "post", {"sha256": "a" * 64}),
    Row("api/v1/file-checks", SIGNED_IN, "post", {"sha256": "a" * 64}, is_json=True),
    Row("audit/", frozenset({"auditor", "psd", "manager"})), Row("audit/security", frozenset({"auditor"})),
    Row("status", frozenset({"administrator", "manager", "auditor"})),
    Row(f"{M}<str:name>", OWN, ids=of_own_session), Row(f"{M}<str:name>/<int:part>", OWN, ids=of_own_session),
    Row(f"{M}watched", OWN, "post", {"stretches": []}, of_own_session, is_json=True),
    Row(f"{M}watched/<int:part>", OWN, "post", {"stretches": []}, of_own_session, is_json=True),
    Row(f"{M}close", OWN, "post", ids=of_own_session),
    Row("api/v1/recordings", SIGNED_IN), Row("api/v1/categories", SIGNED_IN), Row(A, LIST),
    Row(A, ANNOTATE, "patch", {"title": "Door"}, is_json=True), Row(f"{A}/copies", LIST),
    Row(f"{A}/playbacks", WATCH, "post", REASON, is_json=True), Row(f"{A}/markers", WATCH),
    Row(f"{A}/markers", ANNOTATE, "post", {"at_s": 1}, is_json=True),
    Row(f"{A}/markers/<uuid:marker_id>", ANNOTATE, "delete", ids=with_marker), Row(f"{A}/notes", WATCH),
    Row(f"{A}/notes", ANNOTATE, "post", {"text": "Seen."}, is_json=True), Row(f"{A}/download", DOWNLOAD),
    Row(f"{A}/download", DOWNLOAD, data={"role": "", "part": 1}), Row(f"{A}/access", LIST),
    Row(f"{A}/access", RESTRICT, "post", {}, is_json=True),
    Row(f"{A}/access/<uuid:grant_id>", RESTRICT, "delete", ids=with_grant),
    Row(f"{A}/restriction", RESTRICT, "put", {}, is_json=True), Row(f"{A}/preparation", ANNOTATE, "post", is_json=True),
    Row(f"{A}/custody.jsonl", CUSTODY),
    Row("api/v1/custody", frozenset({"auditor", "psd", "manager"}), data={"from_at": "2020-01-01T00:00Z"}),
    Row(f"{R}edit/", EDIT), Row(f"{R}edit/redaction", EDIT), Row(f"{R}edit/still", EDIT),
    Row(f"{A}/transcript", WATCH, ids=with_transcript), Row(f"{A}/transcript", ANNOTATE, "post"),
    Row(f"{R}edit/redaction/mutes", EDIT), Row(f"{R}transcript", ANNOTATE, "post"),
    Row(f"{R}edit/plain-mp4", EDIT), Row(f"{R}edit/salvage", EDIT),
    Row(f"{R}edit/sheet", EDIT), Row(f"{A}/sheets", EDIT, "post", {}, is_json=True),
    Row(f"{A}/salvages", EDIT, "post", {}, is_json=True),
    Row(f"{R}edit/redaction/clear", EDIT, "post"), Row(f"{A}/clips", EDIT, "post", {}, is_json=True),
    Row(f"{A}/redactions", EDIT, "post", {}, is_json=True), Row(f"{A}/stills", EDIT, "post", {}, is_json=True),
    Row(f"{R}edit/redaction/find", EDIT, "post"), Row(f"{R}{L}/stop", EDIT, "post", ids=with_detection),
    Row(f"{R}{L}/cover", EDIT, "post", ids=with_detection), Row(f"{A}/detections", EDIT),
    Row(f"{A}/mute-proposals", EDIT, ids=with_transcript),
    Row(f"{A}/mute-proposals", EDIT, "post", {}, is_json=True),
    Row(f"{A}/detections", EDIT, "post", {}, is_json=True), Row(D, EDIT, ids=with_detection),
    Row(f"{D}/tracks", EDIT, ids=with_detection), Row(f"{D}/take", EDIT, "post", {}, with_detection, is_json=True),
    Row(f"{D}/cancel", EDIT, "post", {}, with_detection, is_json=True),
    Row(f"{A}/follows", EDIT, "post", {}, is_json=True), Row(f"{A}/follows/<uuid:job_id>", OWN, ids=with_following),
    Row(f"{A}/transcodes", EDIT, "post", {}, is_json=True), Row(f"{A}/draft", EDIT),
    Row(f"{A}/draft", EDIT, "delete"),
    Row(f"{R}look-again", WATCH, ids=with_redaction), Row(f"{R}look-again/progress", WATCH, ids=with_redaction),
    Row(f"{R}look-again/ask", WORK, "post", ids=with_redaction),
    Row(f"{R}{PLACE}", WORK, "post", {}, with_redaction), Row(f"{R}{PLACE}/picture", frozenset(), ids=with_redaction),
    Row(f"{R}look-again/<int:look_number>/places", WORK, "post", {}, with_redaction),
    Row(f"{R}look-again/<int:look_number>/sign-off", SECOND, "post", {}, with_redaction),
    Row(f"{R}start-again", EDIT, ids=with_redaction), Row(f"{R}start-again", EDIT, "post", {}, with_redaction),
    Row(f"{A}/start-again", EDIT, "post", {}, with_redaction, is_json=True),
    Row(f"{A}/look-again", WATCH, ids=with_redaction),
    Row(f"{A}/look-again", WORK, "post", {}, with_redaction, is_json=True),
    Row(f"{A}/look-again/places", WORK, "put", {}, with_redaction, is_json=True),
    Row(f"{A}/look-again/places/<int:number>", WORK, "put", {}, with_redaction, is_json=True),
    Row(f"{A}/look-again/sign-off", SECOND, "post", {}, with_redaction, is_json=True),
    Row(f"{R}redaction-report", WATCH), Row(f"{R}redaction-report", WATCH, "post", {}),
    Row(f"{A}/redaction-report", WATCH, "post", REASON, is_json=True),
    Row(f"{R}share", LIST), Row(f"{R}share/new", ANNOTATE, "post", restricted=frozenset()),
    Row(f"{R}links/new", DISCLOSE), Row(f"{A}/shares", LIST),
    Row(f"{A}/shares", ANNOTATE, "post", {}, is_json=True, restricted=frozenset()), Row(f"{A}/links", LIST),
    Row(f"{A}/links", DISCLOSE, "post", {}, is_json=True),
    Row("shares/<uuid:share_id>/end", ENDS_SHARE, "post", ids=shared),
    Row("api/v1/shares/<uuid:share_id>/revoke", ENDS_SHARE, "post", ids=shared, is_json=True),
    Row("links/<uuid:link_id>/end", ENDS_LINK, "post", ids=linked, restricted=RESTRICT),
    Row("links/<uuid:link_id>/later", DISCLOSE, ids=linked),
    Row("links/<uuid:link_id>/later", DISCLOSE, "post", LATER_FORM, linked),
    Row("api/v1/links/<uuid:link_id>/revoke", ENDS_LINK, "post", ids=linked, is_json=True, restricted=RESTRICT),
    Row("api/v1/links/<uuid:link_id>/extend", DISCLOSE, "post", LATER, linked, is_json=True),
    Row("cases/", SIGNED_IN), Row("cases/new", OPENERS), Row(C, CASE_VIEW, ids=with_case),
    Row(f"{C}people", CASE_VIEW, ids=with_case), Row(f"{C}people", CASE_CHANGE, "post", ids=with_case),
    Row(f"{C}timeline", CASE_VIEW, ids=with_case),
    Row(f"{C}people/<uuid:member_id>/remove", CASE_CHANGE, "post", ids=with_member),
    Row(f"{R}exhibit", WATCH), Row("exhibits/<uuid:exhibit_id>/withdraw", CASE_PRODUCE, ids=with_exhibit),
    Row("api/v1/cases", SIGNED_IN), Row("api/v1/cases", OPENERS, "post", CASE, is_json=True),
    Row(X, CASE_VIEW, ids=with_case), Row(f"{X}/members", CASE_VIEW, ids=with_case),
    Row(f"{X}/members", CASE_CHANGE, "post", {}, with_case, is_json=True),
    Row(f"{X}/members/<uuid:member_id>", CASE_CHANGE, "delete", ids=with_member),
    Row(f"{X}/exhibits", CASE_VIEW, ids=with_case),
    Row(f"{X}/exhibits", CASE_PRODUCE, "post", {}, with_case, is_json=True),
    Row("api/v1/exhibits/<uuid:exhibit_id>/withdraw", CASE_PRODUCE, "post", {}, with_exhibit, is_json=True),
)  # fmt: skip

# Beginning of a route on a site -> the tests of the room that drive it through the roles
ELSEWHERE = {
    ("force", "sign-out"): "identity/test_door.py",
    ("force", "jobs/"): "jobs/test_policy.py",
    ("force", "api/v1/jobs/"): "jobs/test_policy.py",
    ("force", "upload"): "ingest/test_senders.py",
    ("force", "upload-sent"): "ingest/test_senders.py",
    ("force", "tus/v1"): "ingest/test_senders.py",
    ("force", "api/v1/uploads"): "ingest/test_senders.py",
    ("force", "api/v1/keys"): "ingest/test_senders.py",
    ("force", "log"): "audit/test_log.py",
    ("force", "api/v1/log"): "audit/test_log.py",
    ("docks", ""): "ingest/test_senders.py",
    ("share", ""): "sharing/test_opening.py",
    ("public", ""): "http/test_every_site.py",
    ("force", "cases/<uuid:case_id>/discs/"): "court/test_access.py",
    ("force", "api/v1/cases/<uuid:case_id>/disc-sets"): "court/test_access.py",
}
