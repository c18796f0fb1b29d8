"""The policy engine: 'may A do this to that?' and 'to which may A do this?' answered by one rule.

Each room's `policy.py` makes one `Policy` out of rules. A rule is a condition on rows (`Q`) for an asker; the instance
check runs the same condition in the database, so the two can never disagree. Unknown right, unsaved row, somebody who
has left: no.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from evidence.custody.parties import Subject
from evidence.custody.verbs import Verb
from evidence.identity.errors import Denied
from evidence.identity.models import AccessGrant
from evidence.identity.who import Who

M = TypeVar("M", bound=models.Model)
Condition = Callable[[Who], Q | None]
"""Rows for which the rule says yes to this asker; None: none at all. Reach other tables by subquery, not by a join to
many, or `rows` gives a row twice."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to a right. `code` goes into the custody record; `says` tells a person why access was given."""

    code: str
    says: str
    where: Condition


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `rule` is the code of the rule that allowed it, or `no-rule`."""

    is_allowed: bool
    rule: str
    says: str

    def __bool__(self) -> bool:
        return self.is_allowed


NO = Decision(is_allowed=False, rule="no-rule", says="Nothing gives you this right.")


@dataclass(frozen=True)
class Policy(Generic[M]):
    """Who may do what to one kind of item.

    `rules` maps a right to the rules that give it, first match named in the record. `know` is the right that says an
    item's existence may be known: without it a refusal reads 'not found'. `refusal` is the sentence for a refusal.
    """

    model: type[M]
    kind: str
    denied: Verb
    rules: Mapping[str, Sequence[Rule]]
    know: str
    refusal: str

    def rows(self, who: Who, right: str) -> QuerySet[M]:
        """The rows on which `who` has `right`."""
        conditions = self._conditions(who, right)
        if not conditions:
            return self.model._default_manager.none()
        if not all(conditions):  # an empty Q is every row, but `|` drops it
            return self.model._default_manager.all()
        together = Q()
        for condition in conditions:
            together |= condition
        return self.model._default_manager.filter(together)

    def decide(self, who: Who, right: str, item: M) -> Decision:
        """Whether `who` has `right` on `item`, and by which rule."""
        if item.pk is None or not who.is_active:
            return NO
        for rule in self.rules.get(right, ()):
            condition = rule.where(who)
            if condition is not None and self.model._default_manager.filter(condition, pk=item.pk).exists():
                return Decision(is_allowed=True, rule=rule.code, says=rule.says)
        return NO

    def _conditions(self, who: Who, right: str) -> list[Q]:
        if not who.is_active:
            return []
        return [condition for rule in self.rules.get(right, ()) if (condition := rule.where(who)) is not None]

    def require(self, who: Who, right: str, item: M) -> Decision:
        """The decision when it is yes.

        Raises:
            Denied: it is no; carries the event the boundary will write.
        """
        decision = self.decide(who, right, item)
        if decision:
            return decision
        raise Denied(
            self.refusal, actor=who.actor, verb=self.denied, subject=Subject(kind=self.kind, id=item.pk), right=right,
            rule=decision.rule, is_hidden=right == self.know or not self.decide(who, self.know, item),
        )  # fmt: skip

    def rights(self, who: Who, item: M) -> frozenset[str]:
        """Every right `who` has on `item`: for pages that show only what can be done."""
        return frozenset(right for right in self.rules if self.decide(who, right, item))


def granted(who: Who, subject_kind: str, flag: str = "may_watch") -> "QuerySet[AccessGrant, UUID]":
    """Ids of subjects of this kind that live grants give `who`, as a subquery."""
    now = timezone.now()
    return AccessGrant.objects.filter(
        Q(until_at=None) | Q(until_at__gt=now),
        grantee_id=who.id, subject_kind=subject_kind, revoked_at=None, **{flag: True},
    ).values_list("subject_id", flat=True)  # fmt: skip
