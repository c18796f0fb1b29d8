"""Discs drawn as bars: how full each gets, as numbers for an SVG, with the same in words beside it."""

from dataclasses import dataclass

from evidence.court.planning import SetPlan
from evidence.http.templatetags.words import duration, size

WIDTH = 600


@dataclass(frozen=True, slots=True)
class Bar:
    """One disc. `filled` of WIDTH is drawn; `words` say it all without the picture."""

    number: int
    label: str
    filled: int
    references: str
    words: str


def disc_bars(plan: SetPlan) -> list[Bar]:
    """A bar for every disc of the plan."""
    return [
        Bar(
            number=disc.number, label=disc.label, filled=max(2, WIDTH * disc.share // 1000),
            references=", ".join(disc.references),
            words=f"at most {size(disc.size_bytes)} of {size(disc.usable_bytes)}"
            + (f", {duration(disc.duration_s)} of film" if disc.duration_s else ""),
        )
        for disc in plan.discs
    ]  # fmt: skip
