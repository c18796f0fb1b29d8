"""What a page says of the burnings of a disc: who, when, and how each ended as far as anybody knows."""

from collections.abc import Iterable
from dataclasses import dataclass

from evidence.custody.queries import Intended
from evidence.custody.verbs import Outcome
from evidence.http.templatetags.words import when


@dataclass(frozen=True, slots=True)
class BurnShown:
    """One burning. `state` is a key of `http.states`; `advice` says what to do, empty where there is nothing."""

    state: str
    word: str
    said: str
    advice: str = ""


UNKNOWN = (
    "Nobody reported how it ended: the program or its machine stopped. There may be a disc, written whole or in part. "
    "Look for it, and destroy it unless it reads back with the SHA-256 above. The record says so, too."
)


def burns_shown(burns: Iterable[Intended]) -> list[BurnShown]:
    """The burnings of one disc, in the order they began."""
    return [_shown(burn) for burn in burns]


def _shown(burn: Intended) -> BurnShown:
    where = "in a drive" if burn.began.body["data"]["is_drive"] else "to a file"
    said = f"{burn.began.actor_name}, {where}, begun {when(burn.began.at)}"
    if burn.is_unknown:
        return BurnShown("unknown", "Not known", said, UNKNOWN)
    if burn.ended is None:
        return BurnShown("running", "Being burned", said)
    if burn.ended.outcome == Outcome.DONE:
        return BurnShown("done", "Read back right", said)
    return BurnShown("failed", "Failed", said, "Nothing of it counts as handed out. Destroy the disc and burn another.")
