"""Letters through a real mail server: what arrives, what is on record, and what happens when it cannot be sent."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone

from config.settings import security
from evidence.custody.intents import intents_sweep
from evidence.custody.models import IntentLease
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_retry
from evidence.sharing.models import Letter, Link, LinkCode
from evidence.sharing.services.letters import letter_begin, letter_sent
from evidence.sharing.services.links import link_revoke
from tests.jobs.running import jobs_run
from tests.servers.running import free_ports
from tests.sharing.conftest import outside
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


class Post:
    """What a mail server received; `answer` to DATA, `refuse` for recipients."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"
        self.refuse = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


@pytest.fixture
def post(settings) -> Iterator[Post]:
    received = Post()
    (port,) = free_ports(1)
    controller = Controller(received, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    try:
        yield received
    finally:
        controller.stop()


def text(mail: EmailMessage) -> str:
    return mail.get_content()


def test_mail_is_printed_unless_a_server_is_given():
    assert security.EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend"


def test_the_link_arrives_and_opens(committed, post):
    created = committed.link(email="rosa@example.org", may_download=True)
    jobs_run()
    (mail,) = post.mails
    assert mail["To"] == "rosa@example.org"
    assert created.url in text(mail)
    assert committed.lead.label in text(mail)
    assert "Disclosure" not in text(mail), "the reason belongs on the page, not in a mail"
    assert outside(created).opened()


def test_sending_is_an_intent_and_an_outcome_that_follows_it(committed, post):
    committed.link(email="rosa@example.org")
    jobs_run()
    intent, done = committed.told("link:sent")
    assert (intent.outcome, done.outcome) == ("intent", "done")
    assert done.body["follows"] == str(intent.uuid)
    assert done.recipient_names == ["Rosa Hart, Hart & Co"]
    letter = Letter.objects.get()
    assert (bytes(letter.sealed_secret), letter.intent) == (b"", None)
    assert letter.sent_at is not None


def test_a_letter_is_sent_once_however_often_its_job_is_rung(committed, post):
    committed.link(email="rosa@example.org")
    job = Job.objects.get()
    for _ in range(3):
        attempt(job.pk)
    assert len(post.mails) == 1


def test_a_busy_server_is_tried_again_and_the_letter_is_the_same(committed, post):
    post.answer = "451 later"
    committed.link(email="rosa@example.org")
    job = Job.objects.get()
    attempt(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.QUEUED, "mail-not-sent")
    assert [line.outcome for line in committed.told("link:sent")] == ["intent", "failed"]
    post.answer = "250 OK"
    Job.objects.update(not_before=timezone.now())
    jobs_run()
    (mail,) = post.mails
    assert mail["Message-ID"] == f"<{Letter.objects.get().id}@localhost>"
    assert [line.outcome for line in committed.told("link:sent")] == ["intent", "failed", "intent", "done"]


def test_no_server_at_all_is_tried_again(committed, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_ports(1)[0]
    committed.link(email="rosa@example.org")
    job = Job.objects.get()
    attempt(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.QUEUED, "mail-not-sent")


def test_a_refused_address_fails_for_good_and_the_share_table_says_so(committed, post):
    from tests.factories import client_for

    post.refuse = "550 no such mailbox"
    committed.link(email="nobody@example.org")
    jobs_run()
    assert Job.objects.get().state == JobState.FAILED
    letter = Letter.objects.get()
    assert (bytes(letter.sealed_secret), letter.sent_at) == (b"", None)
    page = client_for(committed.lead).get(f"/recordings/{committed.recording.id}/share").content.decode()
    assert "The mail to nobody@example.org was not sent." in page
    assert [line.outcome for line in committed.told("link:sent")] == ["intent", "failed"]


def test_what_was_given_up_is_not_sent_by_trying_again(committed, post):
    post.refuse = "550 no such mailbox"
    committed.link(email="nobody@example.org")
    jobs_run()
    post.refuse = ""
    job = Job.objects.get()
    job_retry(job=job, actor=committed.who.actor)
    jobs_run()
    assert post.mails == []
    assert "Make a new link" in Letter.objects.get().trouble


def test_a_link_ended_before_its_letter_left_is_not_mailed(committed, post):
    created = committed.link(email="rosa@example.org")
    link_revoke(who=committed.who, link=created.link)
    jobs_run()
    assert post.mails == []
    assert Job.objects.get().error_code == "letter-stale"


def test_a_code_that_ran_out_in_the_queue_is_not_mailed(committed, post):
    recipient = outside(committed.link(email="rosa@example.org", needs_code=True))
    jobs_run()
    recipient.post("code")
    past = timezone.now()
    LinkCode.objects.update(expires_at=past)
    Letter.objects.filter(kind="code").update(send_by_at=past)
    jobs_run()
    assert len(post.mails) == 1, "only the link itself"


def test_a_worker_that_died_between_intent_and_outcome_leaves_neither_hanging(committed, post):
    committed.link(email="rosa@example.org")
    letter = Letter.objects.get()
    assert letter_begin(letter_id=letter.id) is not None  # and then the machine went dark
    jobs_run()
    outcomes = [(line.outcome, line.body["data"].get("code")) for line in committed.told("link:sent")]
    assert outcomes == [("intent", None), ("failed", "interrupted"), ("intent", None), ("done", None)]
    assert len(post.mails) == 1


def test_a_try_that_the_sweep_took_for_dead_is_not_said_to_have_failed_twice(committed, post, settings):
    committed.link(email="rosa@example.org")
    letter_begin(letter_id=Letter.objects.get().id)
    settings.JOB_LEASE_S = 0.001
    IntentLease.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert intents_sweep() == 1
    settings.JOB_LEASE_S = 15
    jobs_run()
    outcomes = [(line.outcome, line.body["data"].get("code")) for line in committed.told("link:sent")]
    assert outcomes == [("intent", None), ("failed", "abandoned"), ("intent", None), ("done", None)]
    assert len(post.mails) == 1


def test_a_report_that_comes_after_the_sweep_stands_beside_it(committed, post, settings):
    committed.link(email="rosa@example.org")
    letter = Letter.objects.get()
    letter_begin(letter_id=letter.id)
    settings.JOB_LEASE_S = 0.001
    IntentLease.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    intents_sweep()
    letter_sent(letter_id=letter.id)
    intent, swept, done = committed.told("link:sent")
    assert [intent.outcome, swept.outcome, done.outcome] == ["intent", "failed", "done"]
    assert done.body["follows"] == str(swept.uuid)


def test_nothing_a_sender_writes_reaches_the_headers(committed, post):
    committed.link(
        email="rosa@example.org",
        recipient_name="Eve\nBcc: all@example.org",
        organisation="x",
        message="a\r\nSubject: b",
    )
    jobs_run()
    (mail,) = post.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "A recording for you from Demonstration Police"
    assert Link.objects.get().opened_count == 0
