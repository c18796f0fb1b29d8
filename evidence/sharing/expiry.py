"""Until when something may be shared: later than now, within a year. A day means until its end, by our clock."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from evidence.sharing.errors import TermsInvalid

LONGEST = timedelta(days=366)
"""A year and the rest of its last day."""


def end_of(day: date) -> datetime:
    """The last moment of a day here."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def until_check(until_at: datetime, pointer: str = "until") -> None:
    """Refuse a time that is over, or over a year away.

    Raises:
        TermsInvalid: says which, under `pointer`.
    """
    now = timezone.now()
    if until_at <= now:
        raise TermsInvalid(pointer, "This date has passed. Choose today or a later day.")
    if until_at > now + LONGEST:
        raise TermsInvalid(pointer, "Nothing is shared for more than a year at once. Choose an earlier day.")
