"""Sends one letter: on record before it leaves, handed to the mail server, on record as sent.

What can be mended by waiting (no connection, a busy server) is tried again; what the server refuses for good is not.
"""

import smtplib
from uuid import UUID

from evidence.custody.intents import intent_kept
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.sharing.errors import LetterStale
from evidence.sharing.services.letters import letter_begin, letter_give_up, letter_missed, letter_sent

PERMANENT = 500
"""SMTP replies from here on are refusals for good (RFC 5321, 4.2.1)."""


def handle(work: Work) -> None:
    """Send it, unless an earlier attempt did."""
    letter_id = UUID(work.params["letter"])
    try:
        mail = letter_begin(letter_id=letter_id)
    except LetterStale as stale:
        raise JobFailed(stale.code, stale.message, is_final=True) from stale
    if mail is None:
        return
    try:
        with intent_kept(mail.intent):
            mail.send()
    except (smtplib.SMTPException, OSError) as error:
        failed = _failure(error)
        letter_missed(letter_id=letter_id, code=failed.code)
        raise failed from error
    with work.finishing():
        letter_sent(letter_id=letter_id)


def failed(job: Job) -> None:
    """It is not tried any more: the share table says so, and what the letter carried is wiped."""
    letter_give_up(letter_id=UUID(job.params["letter"]), said=job.error)


def cancelled(job: Job) -> None:
    """Somebody stopped it."""
    letter_give_up(letter_id=UUID(job.params["letter"]), said="Sending was cancelled.")


def _failure(error: smtplib.SMTPException | OSError) -> JobFailed:
    if _is_permanent(error):
        said = "The mail server refused the message. Check the address, end this link and make another."
        return JobFailed("mail-refused", said, is_final=True)
    return JobFailed("mail-not-sent", "The mail server could not be reached or was busy. It is tried again.")


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    # not a refused sign-in or greeting: those are for the administrator to mend, and the letter waits for it
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return error.smtp_code >= PERMANENT
    return False
