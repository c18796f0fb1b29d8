"""Times and stretches as people type them on a command line: seconds, `m:s` or `h:m:s.fff`, exactly."""

from fractions import Fraction

from workers.media.errors import BadRequest

SIXTY = 60


def time_read(text: str) -> Fraction:
    """Shown seconds. Raises BadRequest."""
    parts = text.strip().split(":")
    try:
        *whole, last = parts
        numbers = [Fraction(int(part)) for part in whole] + [Fraction(last)]
    except (ValueError, ZeroDivisionError) as error:
        raise _refused(text) from error
    if len(parts) > 3 or any(number < 0 for number in numbers) or any(number >= SIXTY for number in numbers[1:]):
        raise _refused(text)
    total = Fraction(0)
    for number in numbers:
        total = total * SIXTY + number
    return total


def stretch_read(text: str) -> tuple[Fraction, Fraction]:
    """`A:B`, both written alike: `12.5:20` or `0:00:12.5:0:00:20`. Raises BadRequest."""
    parts = text.split(":")
    half = len(parts) // 2
    if len(parts) % 2 or not half:
        raise BadRequest(f"'{text}' is no stretch. Write its start, a colon and its end, both alike: 12.5:20.")
    return time_read(":".join(parts[:half])), time_read(":".join(parts[half:]))


def _refused(text: str) -> BadRequest:
    return BadRequest(f"'{text}' is no time. Write seconds (12.5), or hours, minutes and seconds (0:00:12.500).")
