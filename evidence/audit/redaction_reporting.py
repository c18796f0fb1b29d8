"""Making a redaction report: to read what was done to a copy and take it along is an act with a reason, on record."""

from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from evidence.audit.errors import NothingRendered, ReportTooLong
from evidence.audit.redaction_report import RedactionReport, gathered
from evidence.audit.report import LINES_MAX
from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.queries import original_file
from evidence.recordings.subjects import subject_of
from evidence.signoff.policy import SIGN_OFFS, Right
from workers.media.recipe import Recipe, RecipeError, recipe_parse


class RedactionFormat(StrEnum):
    """What a redaction report is written as."""

    PDF = "pdf"
    CSV = "csv"
    JSON = "json"


def redaction_report(
    *, who: Who, copy: Recording, written_as: RedactionFormat, reason: Reason
) -> RedactionReport:  # fmt: skip
    """What was done to make a working copy, and what was seen in it afterwards.

    Raises:
        Denied: no right to watch it.
        NothingRendered: it is a Master, or a copy that was made without a recipe.
        ReportTooLong: a PDF would have more lines than one holds.
        VaultUnavailable: the frame index of what it was made from cannot be read now.
    """
    with act(actor=who.actor, reason=reason) as deed:
        decision = SIGN_OFFS.require(who, Right.SEE, copy)
        told = gathered(copy, recipe_of(copy))
        look = told["look"]
        length = len(told["done"]) + len(told["unchanged"]) + (len(look.places) if look else 0)
        if written_as == RedactionFormat.PDF and length > LINES_MAX:
            raise ReportTooLong(LINES_MAX, "Make it as CSV or JSON instead: those have no limit.")
        data: dict[str, object] = {
            "format": written_as.value, "look": look.look.number if look else None,
            "is_signed_off": bool(look and look.sign_off),
        }  # fmt: skip
        deed.record(
            Verb.COPY_REPORT_MADE, subject_of(copy, original_file(copy)), rule=decision.rule, data=data
        )  # fmt: skip
    return RedactionReport(
        force=settings.FORCE_NAME, made_at=timezone.now(), made_by=who.actor, post=who.post_label, reason=reason, **told
    )


def recipe_of(copy: Recording) -> Recipe:
    """The recipe of a copy.

    Raises:
        NothingRendered: it has none.
    """
    try:
        return recipe_parse(copy.recipe)
    except RecipeError as wrong:
        raise NothingRendered from wrong
