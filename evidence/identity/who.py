"""Who is asking: a person with their posts, a dock, or one of our own processes. Built once a request, then frozen."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from evidence.custody.parties import Actor, ActorKind, system
from evidence.identity.models import Person, Post, Unit
from evidence.identity.roles import Role


@dataclass(frozen=True, slots=True)
class Who:
    """An asker. `supervised` holds the ids of the units (and all below them) where they are supervisor."""

    actor: Actor
    roles: frozenset[str] = frozenset()
    units: frozenset[UUID] = frozenset()
    supervised: frozenset[UUID] = frozenset()
    scopes: frozenset[str] = frozenset()
    post_label: str = ""
    is_active: bool = True
    """False for somebody who has left: no policy gives them anything."""

    @property
    def id(self) -> UUID | None:
        """The person's or dock's id; None for nobody and for the system."""
        return self.actor.id

    @property
    def is_person(self) -> bool:
        """True for somebody who signed in."""
        return self.actor.kind is ActorKind.PERSON

    @property
    def person_id(self) -> UUID:
        """The id of the person who asks.

        Raises:
            TypeError: it is no person; the policy asked before should have refused.
        """
        if not self.is_person or self.actor.id is None:
            raise TypeError("Only a person does this.")
        return self.actor.id

    def has(self, *roles: Role) -> bool:
        """True when one of the posts held now has one of these roles."""
        return any(role.value in self.roles for role in roles)


NOBODY = Who(actor=Actor(kind=ActorKind.UNIDENTIFIED, id=None, name="Somebody who did not sign in"))


def who_is(person: Person) -> Who:
    """The person as asker, with the posts held now; an inactive person holds none."""
    now = timezone.now()
    posts = (
        list(
            Post.objects.filter(Q(until_at=None) | Q(until_at__gt=now), person=person, from_at__lte=now)
            .select_related("unit")
            .order_by("from_at", "id")
        )
        if person.is_active
        else []
    )
    first = posts[0] if posts else None
    return Who(
        actor=Actor(kind=ActorKind.PERSON, id=person.id, name=person.label, post=first.id if first else None),
        roles=frozenset(post.role for post in posts),
        units=frozenset(post.unit_id for post in posts),
        supervised=_with_children(post.unit_id for post in posts if post.role == Role.SUPERVISOR),
        post_label=str(first) if first else "",
        is_active=person.is_active,
    )


def who_dock(*, dock_id: UUID, name: str, scopes: Iterable[str]) -> Who:
    """A dock as asker, limited to its token's scopes."""
    return Who(actor=Actor(kind=ActorKind.DOCK, id=dock_id, name=name), scopes=frozenset(scopes))


def who_system(name: str) -> Who:
    """One of our own processes as asker ('preparation', 'sweep')."""
    return Who(actor=system(name))


def _with_children(roots: Iterable[UUID]) -> frozenset[UUID]:
    found = set(roots)
    if not found:
        return frozenset()
    children: dict[UUID | None, list[UUID]] = {}
    for unit_id, parent_id in Unit.objects.values_list("id", "parent_id"):
        children.setdefault(parent_id, []).append(unit_id)
    queue = list(found)
    while queue:
        for child in children.get(queue.pop(), ()):
            if child not in found:
                found.add(child)
                queue.append(child)
    return frozenset(found)
