"""A refusal of a service, put back into the form it came from, so that the person can mend it where it is."""

from django import forms

from evidence.http.errors import AppError


def error_show(form: forms.Form, error: AppError) -> None:
    """Add the error at the fields its faults point to; to the form as a whole where they point to none of its own."""
    placed = [fault for fault in error.faults if fault.pointer in form.fields]
    for fault in placed:
        form.add_error(fault.pointer, fault.detail)
    if not placed:
        form.add_error(None, error.message)
