"""Mail to a link's recipient: written with the act that asks for it, sent by a job, each try an intent with an outcome.

A mail cannot be rolled back, so its try is on the record before it leaves; one that nobody ended is closed by the sweep
of intents or by the next try. Delivery is at least once: a worker that dies right after sending sends again, under the
same Message-ID. What a letter brings (address or code) is sealed in its
row and wiped when it was sent or given up.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from evidence.custody.intents import intent_end
from evidence.custody.parties import Actor, Recipient, system
from evidence.custody.services import Act, act
from evidence.custody.verbs import Outcome, Verb
from evidence.jobs.services import job_enqueue
from evidence.recordings.subjects import subject_of
from evidence.sharing.errors import LetterStale
from evidence.sharing.models import Letter, LetterKind, Link
from evidence.sharing.policy import LINK
from evidence.sharing.queries import links_live
from evidence.sharing.tokens import secret_open, secret_seal

MAIL = system("Mail")
JOB = "mail.send"
_VERBS = {LetterKind.INVITATION: Verb.LINK_SENT, LetterKind.CODE: Verb.LINK_CODE_SENT}
_SUBJECTS = {LetterKind.INVITATION: "A recording for you from {force}", LetterKind.CODE: "Your code from {force}"}


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter as it leaves. The subject never names anybody, and no text of the sender is in a header.

    `intent` is the event that says it is about to; it is kept alive while `send` runs.
    """

    letter_id: UUID
    intent: UUID
    to: str
    subject: str
    body: str

    def send(self) -> None:
        """Hand it to the mail server. Raises smtplib.SMTPException or OSError."""
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
        headers = {"Message-ID": f"<{self.letter_id}@{domain}>", "Auto-Submitted": "auto-generated"}
        EmailMessage(self.subject, self.body, to=[self.to], headers=headers).send()


def letter_write(*, link: Link, kind: LetterKind, secret: str, send_by_at: datetime, actor: Actor) -> Letter:
    """Have a letter sent to the link's recipient, when the caller's act has ended well."""
    letter = Letter(
        link=link, kind=kind, to=link.recipient.email, sealed_secret=secret_seal(secret), send_by_at=send_by_at
    )
    letter.full_clean()
    letter.save()
    job_enqueue(
        kind=JOB, key=f"letter:{letter.id}", actor=actor, subject=subject_of(link.recording),
        params={"letter": str(letter.id)},
    )  # fmt: skip
    return letter


def letter_begin(*, letter_id: UUID) -> Mail | None:
    """Put on record that it is about to be sent; None when it was sent before.

    Raises:
        LetterStale: the link was ended or suspended, or the code has run out, so it is not sent.
    """
    with act(actor=MAIL) as deed:
        letter = _locked(letter_id)
        if letter.sent_at is not None:
            return None
        _intent_close(deed, letter, "interrupted")
        if not letter.sealed_secret:
            raise LetterStale(
                "It was given up before and what it carried was wiped. Make a new link, or ask for a code."
            )
        if letter.send_by_at <= timezone.now() or not links_live().filter(pk=letter.link_id).exists():
            raise LetterStale(
                "The link was ended, the recording restricted, or the code had run out before it could be sent."
            )
        intent = _record(deed, letter, Outcome.INTENT)
        letter.intent, letter.failed_at = intent, None
        letter.save(update_fields=["intent", "failed_at"])
    return _mail(letter, intent)


def letter_sent(*, letter_id: UUID) -> None:
    """The mail server took it: put that on record and wipe what it carried."""
    with act(actor=MAIL) as deed:
        letter = _locked(letter_id)
        _record(deed, letter, Outcome.DONE, follows=intent_end(letter.intent) if letter.intent else None)
        letter.intent, letter.sent_at, letter.sealed_secret, letter.trouble = None, timezone.now(), b"", ""
        letter.save(update_fields=["intent", "sent_at", "sealed_secret", "trouble"])


def letter_missed(*, letter_id: UUID, code: str) -> None:
    """This try failed; another may follow."""
    with act(actor=MAIL) as deed:
        letter = _locked(letter_id)
        _intent_close(deed, letter, code, is_report=True)
        letter.save(update_fields=["intent"])


def letter_give_up(*, letter_id: UUID, said: str) -> None:
    """It will not be sent any more: say why, and wipe what it carried."""
    with act(actor=MAIL) as deed:
        letter = _locked(letter_id)
        if letter.sent_at is not None:
            return
        _intent_close(deed, letter, "given-up")
        letter.failed_at, letter.sealed_secret, letter.trouble = timezone.now(), b"", said
        letter.save(update_fields=["intent", "failed_at", "sealed_secret", "trouble"])


def _locked(letter_id: UUID) -> Letter:
    rows = Letter.objects.select_for_update(of=("self",))
    return rows.select_related("link__recipient", "link__recording", "link__made_by").get(pk=letter_id)


def _intent_close(deed: Act, letter: Letter, code: str, *, is_report: bool = False) -> None:
    """End the try that is open, if there is one. What is no report but a presumption is not said twice."""
    if letter.intent is None:
        return
    last = intent_end(letter.intent)
    if is_report or last == letter.intent:
        _record(deed, letter, Outcome.FAILED, follows=last, code=code)
    letter.intent = None


def _record(deed: Act, letter: Letter, outcome: Outcome, *, follows: UUID | None = None, code: str = "") -> UUID:
    link = letter.link
    return deed.record(
        _VERBS[LetterKind(letter.kind)], subject_of(link.recording), rule=LINK, outcome=outcome, follows=follows,
        recipients=(Recipient(kind="recipient", id=link.recipient_id, name=str(link.recipient)),),
        data={"link": str(link.id), "letter": str(letter.id), **({"code": code} if code else {})},
    )  # fmt: skip


def _mail(letter: Letter, intent: UUID) -> Mail:
    kind = LetterKind(letter.kind)
    context = {
        "link": letter.link, "secret": secret_open(bytes(letter.sealed_secret)), "force_name": settings.FORCE_NAME,
        "send_by_at": letter.send_by_at,
    }  # fmt: skip
    body = render_to_string(f"sharing/mail/{kind.value}.txt", context)
    return Mail(letter.id, intent, letter.to, _SUBJECTS[kind].format(force=settings.FORCE_NAME), body)
