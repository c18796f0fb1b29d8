"""What a check of the record has found."""

from dataclasses import dataclass, field

TOLD_AT_MOST = 200


@dataclass(slots=True)
class Verified:
    """What was looked at and what is wrong; nothing in `wrong`: it holds. At most TOLD_AT_MOST faults are kept."""

    events: int = 0
    leaves: int = 0
    heads: int = 0
    waiting: int = 0
    remarks: list[str] = field(default_factory=list)
    """What is no fault of the record, and what a reader of it has to know: a clock that was wrong."""
    wrong: list[str] = field(default_factory=list)
    faults: int = 0

    def remark(self, said: str) -> None:
        """Note something that a reader has to know; at most TOLD_AT_MOST are kept."""
        if len(self.remarks) < TOLD_AT_MOST:
            self.remarks.append(said)

    def tell(self, said: str) -> None:
        """Note a fault."""
        self.faults += 1
        if len(self.wrong) < TOLD_AT_MOST:
            self.wrong.append(said)

    def add(self, other: "Verified") -> None:
        """What a check of another part has found, after what is here."""
        self.events += other.events
        self.leaves += other.leaves
        self.heads += other.heads
        self.faults += other.faults
        self.wrong += other.wrong[: TOLD_AT_MOST - len(self.wrong)]
        self.remarks += other.remarks[: TOLD_AT_MOST - len(self.remarks)]
