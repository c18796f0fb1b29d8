"""Who acted, on what, why, and to whom: the value types of an event. Plain data; no lookup happens here."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from evidence.custody.errors import ActorUnknown


class ActorKind(StrEnum):
    """An actor is always known; `unidentified` is an attempt by someone who did not say who they are."""

    PERSON = "person"
    RECIPIENT = "recipient"
    DOCK = "dock"
    SERVICE = "service"
    SYSTEM = "system"
    UNIDENTIFIED = "unidentified"


_WITH_ID = {ActorKind.PERSON, ActorKind.RECIPIENT, ActorKind.DOCK}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `name` as shown then ('PC 4312 Jones'); `post` the post they acted in."""

    kind: ActorKind
    id: UUID | None
    name: str
    post: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse an actor that says nothing.

        Raises:
            ActorUnknown: no name, or a person, recipient or dock without an id.
        """
        if not self.name.strip() or (self.id is None and self.kind in _WITH_ID):
            raise ActorUnknown("The record needs to know who acts: give the actor's id and name.")


@dataclass(frozen=True, slots=True)
class FileRef:
    """One file an event speaks of: its id and SHA-256 in hex."""

    id: UUID
    sha256: str


@dataclass(frozen=True, slots=True)
class Subject:
    """The one item an event is about. `kind` is the room's noun: `recording`, `case`, `upload`, `disc`."""

    kind: str
    id: UUID
    files: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody something was disclosed to."""

    kind: str
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code of the force's list, free text, or both."""

    code: str | None = None
    text: str | None = field(default=None)


def system(name: str) -> Actor:
    """A named process of our own ('preparation', 'sweep') as an actor."""
    return Actor(kind=ActorKind.SYSTEM, id=None, name=name)
