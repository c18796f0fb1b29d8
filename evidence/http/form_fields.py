"""Form fields that Django does not have: a date typed as day, month and year.

Only fields and widgets that every room's forms share live here. A date of three boxes beats a calendar for dates that
people know by heart, and is what screen readers and voice control handle best.
"""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

_LOWEST_YEAR = 1900


class DatePartsWidget(forms.MultiWidget):
    """Three number boxes: posts NAME_day, NAME_month and NAME_year."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({name: forms.TextInput() for name in ("day", "month", "year")}, attrs)

    def decompress(self, value: date | None) -> list[int | None]:
        """Day, month and year of a date."""
        return [value.day, value.month, value.year] if value else [None, None, None]


class DatePartsField(forms.MultiValueField):
    """Cleans to a `datetime.date`, or None when it is not required and left empty."""

    widget = DatePartsWidget

    def __init__(self, **options: Any) -> None:
        parts = tuple(forms.IntegerField(required=False) for _ in range(3))
        options.setdefault("error_messages", {}).setdefault("required", "Enter a date, for example 22 11 2026.")
        super().__init__(parts, require_all_fields=False, **options)

    def compress(self, data_list: list[int | None]) -> date | None:
        """The date the three numbers name. Raises ValidationError when they name none."""
        if not any(data_list):
            return None
        day, month, year = (part or 0 for part in data_list)
        if year < _LOWEST_YEAR:
            raise ValidationError("Enter the year in four figures, for example 2026.", code="year")
        try:
            return date(year, month, day)
        except ValueError as impossible:
            raise ValidationError("Enter a date that exists: day, month and year.", code="date") from impossible
