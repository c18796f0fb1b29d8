"""A name given at a terminal proves nothing: burning says so on both records, and names the account on one."""

import os
import pwd
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from evidence.court.models import Disc
from evidence.custody.queries import Line
from evidence.identity.models import Person, SecurityEntry
from evidence.identity.roles import Role
from tests import factories
from tests.court import making

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNT = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def made() -> tuple[making.Bench, Disc]:
    bench = making.bench()
    return bench, making.built(bench.request(bench.exhibit(making.recorded(bench.officer).recording))).discs.get()


def burn(disc: Disc, tmp_path, *options: str) -> str:
    told = StringIO()
    call_command(
        "burn", str(disc.id), "--device", str(tmp_path / "burn.img"), *options, stdout=StringIO(), stderr=told
    )  # fmt: skip
    return told.getvalue()


def intent(bench: making.Bench) -> Line:
    return next(line for line in making.said("case", bench.case.id) if line.outcome == "intent")


def test_a_disc_burned_in_somebodys_name_says_that_the_name_was_given_at_a_terminal(made, tmp_path, monkeypatch):
    bench, disc = made
    monkeypatch.setenv("LOGNAME", "somebody-else")
    told = burn(disc, tmp_path, "--as", bench.oic.username)
    assert f"given at this terminal by the account {ACCOUNT}" in told
    assert intent(bench).body["data"]["asserted"] is True
    assert ACCOUNT not in str(intent(bench).body["data"])
    line = SecurityEntry.objects.get(kind="name:asserted")
    assert (line.account, line.person, line.about) == (ACCOUNT, None, bench.oic)
    assert str(disc.id) in line.detail


def test_a_name_that_was_refused_is_in_the_security_log_too(made, tmp_path):
    _, disc = made
    stranger = factories.person(Role.OFFICER)
    with pytest.raises(CommandError, match="no such item"):
        burn(disc, tmp_path, "--as", stranger.username)
    assert SecurityEntry.objects.get(kind="name:asserted").about == stranger


def test_the_account_of_the_machine_is_not_taken_from_what_was_typed_before_the_command(made, tmp_path, monkeypatch):
    bench, disc = made
    for name in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.setenv(name, bench.oic.username)
    with pytest.raises(CommandError, match="--as"):
        burn(disc, tmp_path)
    Person.objects.filter(pk=bench.oic.pk).update(username=ACCOUNT.upper())
    burn(disc, tmp_path)
    assert intent(bench).body["data"]["asserted"] is True
    assert SecurityEntry.objects.get(kind="name:asserted").about == bench.oic
