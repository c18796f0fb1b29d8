"""The operator's command for categories."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from evidence.recordings.models import Category

pytestmark = pytest.mark.django_db


def test_a_category_is_added_with_its_retention():
    out = io.StringIO()
    call_command("category_add", "Violence", "--days", "2190", stdout=out)
    assert "kept for 2190 days" in out.getvalue()
    assert Category.objects.get(name="Violence").is_evidential


@pytest.mark.parametrize(("name", "days"), [("Theft", "90"), ("", "31"), ("Traffic", "0")])
def test_a_name_that_is_taken_or_empty_and_no_days_are_refused(name, days):
    call_command("category_add", "Theft", "--days", "31", stdout=io.StringIO())
    with pytest.raises(CommandError):
        call_command("category_add", name, "--days", days, stdout=io.StringIO())
    assert Category.objects.count() == 1
