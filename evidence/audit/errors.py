"""What can go wrong when the record is read."""

from evidence.http.errors import AppError, Conflict


class SearchTooWide(AppError):
    """A search without anything to narrow it."""

    code = "search-too-wide"
    title = "Say what you are looking for"

    def __init__(self) -> None:
        super().__init__("Give a person, an item or a day: the whole record is too long to read at once.")


class ReportTooLong(AppError):
    """A report that would take too long to make while somebody waits for it."""

    code = "report-too-long"
    title = "This is too much for one report"

    def __init__(self, most: int, instead: str) -> None:
        super().__init__(f"A report holds at most {most:,} lines, and this one would hold more. {instead}", most=most)


class CheckpointUnknown(AppError):
    """A checkpoint over so many events that nobody signed."""

    status = 404
    code = "checkpoint-unknown"
    title = "There is no such checkpoint"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"No checkpoint over {size:,} events was signed. The number is the second line of the checkpoint that you "
            "have."
        )


class CheckpointsSwapped(AppError):
    """The older of two checkpoints has more events."""

    code = "checkpoints-swapped"
    title = "These checkpoints are the wrong way round"

    def __init__(self) -> None:
        super().__init__("Give the number of the older checkpoint as `old` and that of the newer as `new`.")


class NothingRendered(Conflict):
    """There is nothing that a redaction report could tell of."""

    code = "nothing-rendered"
    title = "Nothing was cut or covered in this"

    def __init__(self) -> None:
        super().__init__(
            "A redaction report tells what was cut, covered and muted in a clip, a redaction or a still. In this one "
            "nothing was. Make the report of a redaction instead."
        )
