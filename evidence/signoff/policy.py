"""Who may have a copy looked at again, decide places and sign the list: those whose work is with it, and two people.

Rules are those of recordings, asked of the copy, so that a restriction counts here as everywhere. A newcomer's trap:
the maker of a copy may decide places of it, but no rule ever lets them sign: `SIGN` takes them out of every rule.
"""

from collections.abc import Iterable
from enum import StrEnum

from django.db.models import Q

from evidence.custody.verbs import Verb
from evidence.identity.policy import Policy, Rule
from evidence.identity.who import Who
from evidence.recordings.models import Kind, Recording
from evidence.recordings.policy import KIND, RECORDINGS
from evidence.recordings.policy import Right as Of


class Right(StrEnum):
    """What can be asked of the second look at a copy."""

    KNOW = "know"
    SEE = "see-look"
    """Read the list, with pictures of what can be seen."""
    ASK = "ask-look"
    DECIDE = "decide-places"
    SIGN = "sign-off"


def _of(*rights: Of) -> tuple[Rule, ...]:
    """The rules of recordings that give any of these rights, each once."""
    found: dict[str, Rule] = {}
    for right in rights:
        for rule in RECORDINGS.rules[right]:
            found.setdefault(rule.code, rule)
    return tuple(found.values())


def _second(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The same, for anybody but the maker."""

    def but_not_maker(rule: Rule) -> Rule:
        def where(who: Who) -> Q | None:
            condition = rule.where(who)
            if condition is None or who.id is None:
                return None
            return condition & ~Q(kind=Kind.MASTER) & ~Q(made_by_id=who.id)

        return Rule(rule.code, rule.says, where)

    return tuple(but_not_maker(rule) for rule in rules)


_WORKERS = _of(Of.EDIT, Of.ANNOTATE, Of.DISCLOSE)

SIGN_OFFS: Policy[Recording] = Policy(
    model=Recording,
    kind=KIND,
    denied=Verb.ACCESS_DENIED,
    know=Right.KNOW,
    refusal=(
        "You cannot do this with this copy. Places are decided by people whose work is with it, and the list is signed "
        "by one of them who did not make the copy. Ask a colleague who may watch it, or the evidence manager."
    ),
    rules={
        Right.KNOW: tuple(RECORDINGS.rules[Of.LIST]),
        Right.SEE: tuple(RECORDINGS.rules[Of.WATCH]),
        Right.ASK: _WORKERS,
        Right.DECIDE: _WORKERS,
        Right.SIGN: _second(_WORKERS),
    },
)
