"""What can go wrong when the record is read."""

from evidence.http.errors import AppError


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
