"""The walk's result as people read it: a line a step, its checks below, and a count at the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.walkthrough.checks import Check, Verdict


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was walked: seconds it took, what was checked, and why it broke off where it did."""

    name: str
    seconds: float
    checks: tuple[Check, ...]
    broke: str = ""

    @property
    def has_failed(self) -> bool:
        """True when a check failed or the step broke off."""
        return bool(self.broke) or any(check.verdict is Verdict.FAILED for check in self.checks)


def step_lines(done: Done) -> list[str]:
    """One step: name, seconds, and each check with its verdict."""
    lines = [f"{done.name:<34}{done.seconds:>8.1f} s"]
    for check in done.checks:
        detail = f": {check.detail}" if check.detail else ""
        lines.append(f"    {check.verdict.value:<15}{check.said}{detail}")
    if done.broke:
        lines.append(f"    {Verdict.FAILED.value:<15}{done.broke}")
    return lines


def summary(steps: Sequence[Done]) -> str:
    """How many checks held, failed, were not made, or did not apply."""
    counts = {verdict: sum(check.verdict is verdict for done in steps for check in done.checks) for verdict in Verdict}
    counts[Verdict.FAILED] += sum(bool(done.broke) for done in steps)
    words = {
        Verdict.HELD: "held", Verdict.FAILED: "failed", Verdict.NOT_MADE: "not made", Verdict.NOT_APPLICABLE: "n/a",
    }  # fmt: skip
    return ", ".join(f"{count} {words[verdict]}" for verdict, count in counts.items())
