"""The engine: one rule answers for a row and for all rows, and both say what plain reading of the rule says."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.custody.verbs import Verb
from evidence.identity.errors import Denied
from evidence.identity.models import Person, Post, Unit
from evidence.identity.policy import Policy, Rule, granted
from evidence.identity.roles import Role
from evidence.identity.services import grant_give, grants_revoke
from evidence.identity.who import NOBODY, Who, who_dock, who_is, who_system
from tests.identity import people

pytestmark = pytest.mark.django_db

OWN = Rule("own", "It is yours.", lambda who: Q(person_id=who.id) if who.id else None)
TEAM = Rule("team", "You supervise its unit.", lambda who: Q(unit_id__in=who.supervised) if who.supervised else None)
GIVEN = Rule("grant", "You were given access.", lambda who: Q(id__in=granted(who, "post")))
EDITING = Rule("grant-edit", "You may edit it.", lambda who: Q(id__in=granted(who, "post", "may_edit")))
ALL = Rule("audit", "You audit.", lambda who: Q() if who.has(Role.AUDITOR) else None)
# items to be asked about: any model does, and posts bring people and units with them
POLICY = Policy(
    model=Post,
    kind="post",
    denied=Verb.ACCESS_DENIED,
    rules={"see": [OWN, TEAM, GIVEN, ALL], "edit": [OWN, EDITING], "audit": [ALL], "never": [], "see-all": [ALL, OWN]},
    know="see",
    refusal="You may not do this. Ask its owner.",
)
RIGHTS = [*POLICY.rules, "unheard-of"]
DAY = timedelta(days=1)
WINDOWS = {"now": (-DAY, None), "ends": (-DAY, DAY), "past": (-2 * DAY, -DAY), "future": (DAY, 2 * DAY)}


@dataclass(frozen=True)
class World:
    """Parent of each unit; posts as (person, unit, role, window); grants as (person, post, edit, ended how)."""

    parents: list[int | None]
    leavers: list[bool]
    posts: list[tuple[int, int, Role, str]]
    grants: list[tuple[int, int, bool, str]]


@st.composite
def worlds(draw):
    units, persons = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    parents = [None if n == 0 else draw(st.none() | st.integers(0, n - 1)) for n in range(units)]
    roles = st.sampled_from([Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR])
    whose, where = st.integers(0, persons - 1), st.integers(0, units - 1)
    posts = draw(st.lists(st.tuples(whose, where, roles, st.sampled_from(sorted(WINDOWS))), min_size=1, max_size=7))
    what, end = st.integers(0, len(posts) - 1), st.sampled_from(["open", "later", "expired", "revoked"])
    grants = draw(st.lists(st.tuples(whose, what, st.booleans(), end), max_size=5))
    return World(parents, draw(st.lists(st.booleans(), min_size=persons, max_size=persons)), posts, grants)


class Built:
    """A world in the database, and what plain reading says each person may do."""

    def __init__(self, world: World) -> None:
        self.world, now = world, timezone.now()
        self.units: list[Unit] = []
        for parent in world.parents:
            self.units.append(people.unit(None if parent is None else self.units[parent]))
        self.people: list[Person] = [people.person(is_active=not gone) for gone in world.leavers]
        self.rows: list[Post] = []
        for whose, where, role, window in world.posts:
            start, end = WINDOWS[window]
            until_at = now + end if end else None
            self.rows.append(
                people.post(self.people[whose], role, self.units[where], from_at=now + start, until_at=until_at)
            )
        for whose, what, may_edit, end in world.grants:
            source = uuid4()
            grant_give(
                subject_kind="post", subject_id=self.rows[what].id, grantee=self.people[whose],
                granted_by=self.people[0], reason="test", source_kind="share", source_id=source, may_edit=may_edit,
                until_at={"later": now + DAY, "expired": now - DAY}.get(end),
            )  # fmt: skip
            if end == "revoked":
                grants_revoke(source_kind="share", source_id=source)

    def _is_below(self, where: int, top: int) -> bool:
        while where != top:
            parent = self.world.parents[where]
            if parent is None:
                return False
            where = parent
        return True

    def expected(self, whom: int, right: str, what: int) -> bool:
        if self.world.leavers[whom]:
            return False
        held = [(where, role) for who, where, role, win in self.world.posts if who == whom and win in {"now", "ends"}]
        live = [edit for who, item, edit, end in self.world.grants if (who, item) == (whom, what) and end in _LIVE]
        owner, place = self.world.posts[what][:2]
        says = {
            "own": owner == whom,
            "team": any(role is Role.SUPERVISOR and self._is_below(place, where) for where, role in held),
            "grant": bool(live),
            "grant-edit": any(live),
            "audit": any(role is Role.AUDITOR for _, role in held),
        }
        return any(says[rule.code] for rule in POLICY.rules.get(right, []))


_LIVE = {"open", "later"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_instance_check_and_queryset_agree_with_each_other_and_with_plain_reading(db, world):
    with transaction.atomic():
        built = Built(world)
        for whom, someone in enumerate(built.people):
            who = who_is(someone)
            for right in RIGHTS:
                listed = [row.pk for row in POLICY.rows(who, right)]
                assert len(listed) == len(set(listed))
                for what, row in enumerate(built.rows):
                    expected = built.expected(whom, right, what)
                    assert bool(POLICY.decide(who, right, row)) is expected, (right, world)
                    assert (row.pk in listed) is expected, (right, world)
        transaction.set_rollback(True)


@pytest.fixture
def item():
    return people.post(people.person())


def test_an_unknown_right_is_no_even_for_who_may_everything(item):
    auditor = people.person()
    people.post(auditor, Role.AUDITOR)
    who = who_is(auditor)
    assert POLICY.decide(who, "see", item)
    assert not POLICY.decide(who, "unheard-of", item)
    assert not POLICY.rows(who, "unheard-of").exists()


def test_a_row_that_was_never_saved_is_no(item):
    auditor = people.person()
    people.post(auditor, Role.AUDITOR)
    unsaved = Post(person=item.person, unit=item.unit, role=Role.OFFICER)
    assert unsaved.pk is not None
    assert not POLICY.decide(who_is(auditor), "see", unsaved)


@pytest.mark.parametrize("who", [NOBODY, who_system("sweep"), who_dock(dock_id=uuid4(), name="Dock 1", scopes=["*"])])
def test_nobody_docks_and_our_own_processes_have_no_right_that_no_rule_gives_them(item, who):
    for right in RIGHTS:
        assert not POLICY.decide(who, right, item)
        assert not POLICY.rows(who, right).exists()


def test_an_administrator_has_no_right_by_being_administrator(item):
    administrator = people.person()
    people.post(administrator, Role.ADMINISTRATOR, item.unit)
    assert POLICY.rights(who_is(administrator), item) == frozenset()


def test_the_decision_names_the_first_rule_that_gives_the_right(item):
    owner = who_is(item.person)
    assert POLICY.decide(owner, "see", item).rule == "own"
    assert POLICY.decide(owner, "see", item).says == "It is yours."
    assert POLICY.require(owner, "see", item).rule == "own"
    assert POLICY.rights(owner, item) == {"see", "edit", "see-all"}


def test_a_rule_for_every_row_is_not_lost_beside_a_narrower_one(item):
    auditor = people.person()
    people.post(auditor, Role.AUDITOR)
    assert POLICY.rows(who_is(auditor), "see-all").filter(pk=item.pk).exists()


def refusal(who: Who, right: str, item: Post) -> Denied:
    with pytest.raises(Denied) as refused:
        POLICY.require(who, right, item)
    return refused.value


def test_a_refusal_to_somebody_who_may_know_says_so_and_what_to_do(item):
    reader = people.person()
    grant_give(
        subject_kind="post", subject_id=item.id, grantee=reader, granted_by=item.person, reason="r",
        source_kind="share", source_id=uuid4(),
    )  # fmt: skip
    denied = refusal(who_is(reader), "edit", item)
    assert (denied.status, denied.code, denied.message) == (403, "denied", POLICY.refusal)
    assert (denied.subject.kind, denied.subject.id, denied.right) == ("post", item.id, "edit")
    assert denied.actor.id == reader.id


@pytest.mark.parametrize("right", ["see", "edit", "unheard-of"])
def test_a_refusal_to_somebody_who_may_not_know_reads_as_not_found(item, right):
    denied = refusal(who_is(people.person()), right, item)
    assert (denied.status, denied.code) == (404, "not-found")
    assert POLICY.refusal not in denied.message


def test_a_grant_on_one_kind_of_item_says_nothing_about_another(item):
    reader = people.person()
    grant_give(
        subject_kind="case", subject_id=item.id, grantee=reader, granted_by=item.person, reason="r",
        source_kind="share", source_id=uuid4(),
    )  # fmt: skip
    assert not POLICY.decide(who_is(reader), "see", item)


def test_supervision_reaches_down_the_tree_and_not_up():
    top = people.unit()
    middle = people.unit(top)
    bottom = people.unit(middle)
    sergeant = people.person()
    people.post(sergeant, Role.SUPERVISOR, middle)
    assert who_is(sergeant).supervised == {middle.id, bottom.id}
    assert who_is(sergeant).units == {middle.id}


def test_a_loop_in_the_unit_tree_ends():
    top = people.unit()
    below = people.unit(top)
    Unit.objects.filter(pk=top.pk).update(parent=below)
    sergeant = people.person()
    people.post(sergeant, Role.SUPERVISOR, top)
    assert who_is(sergeant).supervised == {top.id, below.id}
