"""One-time codes: mailed on asking, good once, for ten minutes, for five tries."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from evidence.recordings.models import PlaybackSession
from evidence.sharing.models import Letter, Link, LinkCode
from tests.sharing.conftest import code_mailed, outside


@pytest.fixture
def recipient(committed):
    return outside(committed.link(email="rosa@example.org", needs_code=True))


def page(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_the_code_is_asked_for_by_a_form_and_mailed_to_the_recipient(recipient):
    landing = page(recipient.get())
    assert "Send me a code" in landing
    assert "r…@example.org" in landing
    assert "rosa@example.org" not in landing
    assert "Open the recording" not in landing
    recipient.post("code")
    code = code_mailed()
    assert mail.outbox[-1].to == ["rosa@example.org"]
    assert 'autocomplete="one-time-code"' in page(recipient.get())
    assert recipient.opened(code=f" {code[:3]} {code[3:]} "), "a pasted code with spaces is refused"


def test_why_for_whom_and_the_message_are_told_after_the_code_only(committed):
    given = committed.link(
        email="rosa@example.org", needs_code=True, reason="Interview of the child", message="See from 2:10"
    )
    recipient, told = outside(given), ("Interview of the child", "See from 2:10", "Rosa Hart")
    assert not [text for text in told if text in page(recipient.get())]
    recipient.post("code")
    code = code_mailed()
    wrong = recipient.post("open", code="")
    assert not [text for text in told if text in page(recipient.get()) + page(wrong)]
    viewer = page(recipient.get(recipient.opened(code=code)))
    assert [text for text in told if text in viewer] == list(told)


def test_without_the_code_nothing_opens(committed, recipient):
    for code in ("", "000000"):
        assert recipient.post("open", code=code).status_code == 400
    recipient.post("code")
    answer = recipient.post("open", code="")
    assert answer.status_code == 400
    assert 'href="#code"' in page(answer)
    assert not PlaybackSession.objects.exists()
    refused = [line for line in committed.told("link:opened") if line.outcome == "denied"]
    assert {line.body["rule"] for line in refused} == {"link:no-code", "link:wrong-code"}


def test_a_code_is_good_once(recipient):
    recipient.post("code")
    code = code_mailed()
    recipient.opened(code=code)
    assert recipient.post("open", code=code).status_code == 400
    assert Link.objects.get().opened_count == 1


def test_five_wrong_tries_end_a_code_and_the_right_one_comes_too_late(recipient):
    recipient.post("code")
    code = code_mailed()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    told = [page(recipient.post("open", code=wrong)) for _ in range(5)]
    assert "You can try 4 more times" in told[0]
    assert "You can try 1 more time." in told[3]
    assert "Ask for a new code" in told[4]
    assert recipient.post("open", code=code).status_code == 400
    assert LinkCode.objects.get().attempts == 5
    assert not PlaybackSession.objects.exists()


def test_a_code_runs_out_after_ten_minutes(recipient):
    recipient.post("code")
    code = code_mailed()
    lasts = LinkCode.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=9) < lasts <= timedelta(minutes=10)
    LinkCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert recipient.post("open", code=code).status_code == 400


def test_a_new_code_ends_the_one_before(recipient):
    recipient.post("code")
    first = code_mailed()
    LinkCode.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    recipient.post("code")
    second = code_mailed()
    if first != second:
        assert recipient.post("open", code=first).status_code == 400
    assert recipient.opened(code=second)


def test_codes_are_sent_a_minute_apart_and_ten_a_day(recipient):
    assert recipient.post("code").status_code == 302
    assert recipient.post("code").status_code == 429
    assert LinkCode.objects.count() == 1
    row = LinkCode.objects.get()
    LinkCode.objects.update(created_at=timezone.now() - timedelta(hours=1))
    for _ in range(9):
        LinkCode.objects.create(
            link=row.link,
            code_hash=row.code_hash,
            expires_at=row.expires_at,
            created_at=timezone.now() - timedelta(hours=2),
        )
    answer = recipient.post("code")
    assert answer.status_code == 429
    assert "try tomorrow" in page(answer)


def test_a_code_is_kept_as_a_salted_hash_and_its_letter_is_wiped_when_sent(recipient):
    recipient.post("code")
    letter = Letter.objects.get(kind="code")
    code = code_mailed()
    assert code.encode() not in bytes(letter.sealed_secret)
    letter.refresh_from_db()
    assert bytes(letter.sealed_secret) == b""
    row = LinkCode.objects.get()
    assert code not in row.code_hash
    assert row.code_hash.count("$") == 3


def test_a_link_that_asks_for_no_code_sends_none(committed):
    assert outside(committed.link(email="rosa@example.org")).post("code").status_code == 404
    assert not LinkCode.objects.exists()


def test_the_code_of_one_link_opens_no_other(committed, recipient):
    other = outside(committed.link(email="max@example.org", needs_code=True))
    recipient.post("code")
    code = code_mailed()
    assert other.post("open", code=code).status_code == 400
