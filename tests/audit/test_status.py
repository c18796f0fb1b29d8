"""How the store and the record stand: for people on a page, in words; for a load balancer in one status code."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from evidence.audit import health, status_record
from evidence.audit.health import Readiness
from evidence.audit.status import Line, Standing
from evidence.audit.status_record import status_now
from evidence.custody.anchors import AnchorState
from evidence.custody.errors import WitnessUnknown
from evidence.custody.triggers import triggers_install, triggers_remove
from evidence.custody.waiting import lines_waiting
from evidence.identity.roles import Role
from evidence.jobs.models import Job
from evidence.vault import reconciling
from evidence.vault.models import CheckResult, RunKind, RunScope, SelfTestResult, StoredObject, VaultRun
from evidence.vault.queries import store_name
from evidence.vault.runs import run_end, run_held
from evidence.vault.services import object_quarantine
from tests import factories
from tests.custody.conftest import note, recording
from tests.custody.sealing import record_seal
from tests.factories import client_for
from tests.jobs.running import asked
from tests.vault.checks import IS_S3, aged, bucket, client, compare, put, read_all, remove, vault_new
from tests.vault.conftest import make as make

DAYS_2 = timedelta(days=2, minutes=1)


@pytest.fixture
def vault(db, settings, tmp_path, monkeypatch):
    vault_new(settings, tmp_path)
    monkeypatch.setattr(reconciling, "GRACE", reconciling.GRACE * 0)


def line(name: str) -> Line:
    return next(line for section in status_now().sections for line in section.lines if line.name == name)


def self_tested(*, is_sound: bool = True, store: str = "", **facts) -> SelfTestResult:
    checks = [{"name": "overwrite", "is_passed": is_sound, "says": "A second object under the same key is refused."}]
    return SelfTestResult.objects.create(
        store=store or store_name(), checks=checks, is_sound=is_sound, is_write_once=True, **facts
    )


def page(role: Role = Role.ADMINISTRATOR) -> str:
    answer = client_for(factories.person(role)).get("/status")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.once
def test_fresh_installation_is_told_what_comes_and_that_nothing_is_wrong(vault):
    text = page()
    assert "Not everything has been checked yet" in text
    assert "The store has not been tried yet." in text
    assert "Wrong" not in text


@pytest.mark.once
def test_what_is_wrong_is_named_first_with_what_to_do_and_no_recording(vault, make, tmp_path):
    scene = factories.scene(tmp_path)
    object_quarantine(stored=scene.file.stored, result=CheckResult.DAMAGED, because="Its SHA-256 is another.")
    aged(put(make, b"old"), 100)
    text = page(Role.AUDITOR)
    summary = text.partition("2 matters need somebody")[2].partition("</ul>")[0]
    assert summary.index("Quarantine") < summary.index("Files read again")
    assert "1 file is not what was sealed, or cannot be read, and nobody is given them." in text
    assert "Bring each back from a replica, then release it: manage.py vault_release." in text
    assert scene.file.stored.key in text
    assert str(scene.recording.id) not in text
    assert scene.recording.incident_ref not in text


@pytest.mark.once
def test_page_is_for_those_who_look_after_the_installation_and_in_their_menu_alone(db):
    for role in Role:
        client = client_for(factories.person(role))
        may = role in {Role.ADMINISTRATOR, Role.EVIDENCE_MANAGER, Role.AUDITOR}
        assert client.get("/status").status_code == (200 if may else 403)
        assert ('href="/status"' in client.get("/jobs/").content.decode()) is may


@pytest.mark.django_db
def test_self_test_is_good_late_or_wrong(vault):
    assert line("Self-test of the store").standing == Standing.NOT_YET
    self_tested(store="another")
    assert line("Self-test of the store").standing == Standing.NOT_YET
    kept = self_tested()
    assert line("Self-test of the store").standing == Standing.GOOD
    SelfTestResult.objects.filter(pk=kept.pk).update(at=timezone.now() - DAYS_2)
    assert line("Self-test of the store").standing == Standing.LATE
    self_tested(is_sound=False)
    wrong = line("Self-test of the store")
    assert wrong.standing == Standing.WRONG
    assert wrong.named == ["overwrite: A second object under the same key is refused."]


@pytest.mark.django_db
def test_reading_again_says_how_far_it_is_behind(vault, make):
    stored = aged(put(make, b"evidence"), 30)
    assert line("Files read again").standing == Standing.NOT_YET
    read_all(RunScope.ROLLING)
    aged(stored, 40)
    found = line("Files read again")
    assert found.standing == Standing.GOOD
    assert "The one read longest ago was read 40 days ago; 90 days are allowed." in found.says
    VaultRun.objects.update(ended_at=timezone.now() - DAYS_2)
    assert line("Files read again").standing == Standing.LATE
    with run_held(kind=RunKind.FIXITY, scope=RunScope.ROLLING, owner="job 2"):
        assert line("Files read again").standing == Standing.GOOD
    aged(stored, 91)
    found = line("Files read again")
    assert found.standing == Standing.LATE
    assert found.says.startswith("1 file was not read for more than 90 days.")


@pytest.mark.django_db
def test_what_the_comparison_found_is_named(vault, make):
    put(make, b"another")
    stored = put(make, b"evidence")
    compare()
    assert line("Store and list compared").standing == Standing.GOOD
    VaultRun.objects.update(ended_at=timezone.now() - DAYS_2)
    assert line("Store and list compared").standing == Standing.LATE
    remove(stored)
    compare()
    found = line("Store and list compared")
    assert found.standing == Standing.WRONG
    assert any(named.startswith(f"{stored.key}: Its row is there") for named in found.named)
    assert line("Deleted or overwritten in the store").standing == Standing.GOOD


@pytest.mark.django_db
def test_checkpoints_that_are_not_signed_are_late(transactional_db):
    assert line("Checkpoints").standing == Standing.NOT_YET
    note(recording(), times=3)
    record_seal()
    assert lines_waiting().count == 0
    assert line("Checkpoints").standing == Standing.GOOD
    note(recording(), times=2)
    assert lines_waiting().count == 2
    assert "over 3 lines; 2 lines wait for the next." in line("Checkpoints").says
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(status_record, "SEALED_WITHIN", timedelta(0))
        assert line("Checkpoints").standing == Standing.LATE


@pytest.mark.once
def test_anchors_are_each_told_and_a_setting_that_cannot_be_read_is_wrong(vault, monkeypatch):
    assert line("Anchors").standing == Standing.NOT_USED
    now = timezone.now()
    states = [
        AnchorState("witness", "psd.example", 1200, now, is_late=False),
        AnchorState("timestamp", "tsa.example", 3, now, is_late=True),
        AnchorState("copy", "s3://elsewhere", None, None, is_late=False),
    ]
    monkeypatch.setattr(status_record, "anchor_states", lambda: states)
    assert line("Witness psd.example").says.endswith("over 1,200 lines.")
    assert line("Witness psd.example").standing == Standing.GOOD
    assert line("Timestamp tsa.example").standing == Standing.LATE
    assert line("Locked copy s3://elsewhere").standing == Standing.NOT_YET

    def unreadable():
        raise WitnessUnknown("LOG_WITNESSES names an address and a key for each witness; one of them is missing.")

    monkeypatch.setattr(status_record, "anchor_states", unreadable)
    assert line("Anchors").standing == Standing.WRONG
    assert "LOG_WITNESSES" in line("Anchors").says


@pytest.mark.once
def test_work_that_waits_for_a_worker_or_for_the_vault_is_late(vault):
    assert line("Waiting work").standing == Standing.GOOD
    job = asked("mail.send")
    assert line("Waiting work").standing == Standing.GOOD
    Job.objects.update(not_before=timezone.now() - timedelta(hours=2))
    found = line("Waiting work")
    assert found.standing == Standing.LATE
    assert "in 'notify'" in found.says
    Job.objects.filter(pk=job.pk).update(blocked_since=timezone.now(), not_before=timezone.now() + timedelta(minutes=5))
    assert line("Waiting work").says == "1 job waits for the vault, room on a disc, or the sandbox."


@pytest.mark.once
def test_page_is_shown_though_the_vault_is_away(db, settings):
    settings.VAULT_URL = "ftp://somewhere"
    assert "Set CONTINUITY_VAULT_URL" in page()
    assert line("Checkpoints").standing == Standing.NOT_YET


if IS_S3:

    @pytest.mark.shape
    def test_deleted_and_overwritten_files_are_an_alarm_of_their_own(vault, make):
        deleted, over = put(make, b"one"), put(make, b"two")
        s3 = client()
        s3.delete_object(Bucket=bucket(), Key=deleted.key)
        s3.put_object(Bucket=bucket(), Key=over.key, Body=b"three")
        s3.close()
        compare()
        found = line("Deleted or overwritten in the store")
        assert found.standing == Standing.WRONG
        assert found.says.startswith("1 file was deleted and 1 written over")
        assert {named.split(":")[0] for named in found.named} == {deleted.key, over.key}
        assert line("Store and list compared").standing == Standing.GOOD

    @pytest.mark.shape
    def test_locks_are_late_before_they_end_and_wrong_where_they_are_refused(vault, make, settings):
        assert line("Locks of the store").standing == Standing.NOT_USED
        stored = put(make, b"evidence")
        settings.LOCK_MODE = "governance"
        assert line("Locks of the store").says == "1 file has no lock now."
        for days, standing in [(29, Standing.GOOD), (9, Standing.GOOD), (4, Standing.LATE), (-1, Standing.LATE)]:
            StoredObject.objects.update(locked_until=timezone.now() + timedelta(days=days))
            assert line("Locks of the store").standing == standing
        with run_held(kind=RunKind.LOCKS, scope=RunScope.ROLLING, owner="test") as run:
            VaultRun.objects.filter(pk=run.pk).update(objects_count=1, trouble_count=1)
            run_end(
                run, result={"first": [{"key": stored.key, "says": "The store refused to lock it (AccessDenied)."}]}
            )
        found = line("Locks of the store")
        assert found.standing == Standing.WRONG
        assert found.named == [f"{stored.key}: The store refused to lock it (AccessDenied)."]


def ready(monkeypatch, host: str = "10.1.2.3:8000", **headers):
    """Asked anew, as a balancer asks: by address."""
    monkeypatch.setattr(health, "READINESS", Readiness())
    return Client(HTTP_HOST=host).get("/health/ready", headers=headers)


@pytest.fixture
def grades(monkeypatch):
    def asked() -> tuple[int, dict[str, str]]:
        answer = ready(monkeypatch)
        return answer.status_code, {name: each[0]["status"] for name, each in answer.json()["checks"].items()}

    return asked


@pytest.mark.django_db
def test_ready_is_said_to_whoever_asks_by_address_without_a_name_a_version_or_a_cookie(vault, monkeypatch):
    self_tested()
    answer = ready(monkeypatch)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/health+json")
    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {
        "status": "pass",
        "checks": {name: [{"status": "pass"}] for name in ("database", "record", "selftest", "vault", "spool")},
    }
    assert not answer.cookies
    assert Client(HTTP_HOST="10.1.2.3").get("/health/ready/more").status_code == 400  # any other path keeps its guard


@pytest.mark.once
def test_plain_http_is_answered_in_production_and_nothing_is_changed_by_other_methods(vault, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert Client(HTTP_HOST="10.1.2.3").get("/health/live").json() == {"status": "pass"}
    assert Client(HTTP_HOST="10.1.2.3").head("/health/live").status_code == 200
    for address in ("/health/live", "/health/ready"):
        assert Client(HTTP_HOST="10.1.2.3").post(address).status_code == 405


@pytest.mark.once
def test_each_thing_that_work_needs_makes_it_unready_and_what_is_late_does_not(vault, make, grades, monkeypatch):
    assert grades()[0] == 200  # not tried yet: a warning
    assert grades()[1]["selftest"] == "warn"
    self_tested()
    aged(put(make, b"evidence"), 1000)
    assert line("Files read again").standing == Standing.LATE
    assert grades() == (200, dict.fromkeys(("database", "record", "selftest", "vault", "spool"), "pass"))
    with monkeypatch.context() as patch:
        patch.setattr(health.Spool, "room_bytes", lambda _: 0)
        assert (grades()[0], grades()[1]["spool"]) == (503, "fail")
    self_tested(is_sound=False)
    assert (grades()[0], grades()[1]["selftest"]) == (503, "fail")


@pytest.mark.django_db(transaction=True)
def test_record_without_its_guard_is_not_ready(grades):
    assert grades()[1]["record"] == "pass"
    triggers_remove(connection)
    try:
        assert (grades()[0], grades()[1]["record"]) == (503, "fail")
    finally:
        triggers_install(connection)


@pytest.mark.django_db
def test_vault_that_is_away_is_not_ready_and_lives(vault, grades, settings):
    settings.VAULT_URL = f"s3://none-{uuid4()}" if IS_S3 else "ftp://somewhere"
    assert (grades()[0], grades()[1]["vault"]) == (503, "fail")
    assert Client().get("/health/live").status_code == 200


@pytest.mark.once
def test_vault_that_does_not_answer_holds_nobody_up(vault, grades, monkeypatch):
    answers = threading.Event()
    monkeypatch.setattr(health, "VAULT_WITHIN_S", 0.01)
    monkeypatch.setattr(health, "vault_answers", answers.wait)
    try:
        assert (grades()[0], grades()[1]["vault"]) == (503, "fail")
    finally:
        answers.set()


@pytest.mark.once
def test_database_that_is_away_is_not_ready(vault, grades, monkeypatch):
    def away(_):
        raise DatabaseError("server closed the connection")

    monkeypatch.setattr(health, "triggers_missing", away)
    code, found = grades()
    assert (code, found["database"], found["record"]) == (503, "fail", "fail")


@pytest.mark.once
def test_asking_often_asks_the_parts_once(vault, monkeypatch):
    times = []

    def away() -> bool:
        times.append(1)
        return False

    monkeypatch.setattr(health, "vault_answers", away)
    monkeypatch.setattr(health, "READINESS", Readiness())
    for _ in range(5):
        assert Client().get("/health/ready").status_code == 503
    assert len(times) == 1
