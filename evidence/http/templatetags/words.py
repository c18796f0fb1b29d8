"""Filters that write times, lengths, sizes and people as everyone in a force writes them.

Words only: no markup lives here (that is `components`). What a newcomer would get wrong is time: values are stored in
UTC and `when` shows them in the current zone, so a naive datetime is refused rather than guessed at.
"""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django import template
from django.utils import timezone

register = template.Library()

_SIZE_STEPS = ("bytes", "KB", "MB", "GB", "TB", "PB")


@register.filter
def when(value: datetime | None) -> str:
    """`22 Nov 2026, 19:04:31` in the current zone; '' for None. Raises ValueError for a naive datetime.

    A stored time at the very edge of the calendar, which has no place in the current zone, is shown in UTC and says so.
    """
    if value is None:
        return ""
    if timezone.is_naive(value):
        raise ValueError("A time without a zone cannot be shown: store it in UTC.")
    try:
        local, zone = timezone.localtime(value), ""
    except (OverflowError, ValueError):
        local, zone = value, " UTC"
    return f"{local.day} {local:%b %Y, %H:%M:%S}{zone}"


@register.filter
def duration(value: float | Fraction | timedelta | None) -> str:
    """`12 min 04 s` of seconds or a timedelta: `3 h 02 min 09 s` above an hour, `4.2 s` under ten seconds."""
    if value is None:
        return ""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    minutes, s = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min {s:02d} s"
    return f"{minutes} min {s:02d} s" if minutes else f"{s} s"


@register.filter
def size(value: int | None) -> str:
    """`1.4 GB` of bytes; decimal steps, as discs and uplinks are sold."""
    if value is None:
        return ""
    amount, step = float(value), 0
    while amount >= 999.5 and step < len(_SIZE_STEPS) - 1:
        amount, step = amount / 1000, step + 1
    if step == 0:
        return f"{value} byte" if value == 1 else f"{value} bytes"
    shown = f"{amount:.1f}" if amount < 9.95 else f"{amount:.0f}"
    return f"{shown} {_SIZE_STEPS[step]}"


@register.filter
def times(value: int) -> str:
    """How often, as it is said: `never`, `once`, `twice`, `3 times`."""
    return {0: "never", 1: "once", 2: "twice"}.get(value, f"{value:,} times")


@register.filter
def person(value: Any) -> str:
    """`PC 4312 Jones`: rank, collar number and surname; whoever has no collar number is written as str() has it."""
    if not getattr(value, "collar_number", ""):
        return str(value or "")
    return " ".join(str(part) for part in (getattr(value, "rank", ""), value.collar_number, value.surname) if part)


@register.filter
def timecode(value: float | Fraction | None) -> str:
    """`00:01:12.480` of seconds, cut (never rounded) to the millisecond, so that it never names a later frame."""
    if value is None:
        return ""
    milliseconds = int(Fraction(value) * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"


@register.filter
def short_hash(value: str | bytes | None) -> str:
    """The first 8 hexadecimal figures of a SHA-256, given as hex or as raw bytes."""
    if not value:
        return ""
    text = bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
    return text[:8]
