"""A form field that takes a colleague by collar number or name, typed: works without script and by voice."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from evidence.identity.models import Person
from evidence.identity.people import people_named

NAMED_MAX = 4


class PersonField(forms.CharField):
    """Cleans to a `Person` who holds a post now; who it could be is said when the text names several."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "Collar number, or first name and surname.")
        options.setdefault("max_length", 120)
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        """The person. Raises ValidationError for nobody or several."""
        text = super().clean(value)
        if not text:
            return None
        found = list(people_named(text)[: NAMED_MAX + 1])
        if not found:
            raise ValidationError(
                "Nobody of that name or number holds a post now. Check the number, or try the surname.", code="nobody"
            )
        if len(found) > 1:
            names = ", ".join(f"{person.full_name} ({person.label})" for person in found[:NAMED_MAX])
            raise ValidationError(f"Several people are called that: {names}. Enter the collar number.", code="several")
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        """What the box shows: a person by what finds them again."""
        return (value.collar_number or value.username) if isinstance(value, Person) else value
