"""Starting again from a finished redaction: its drawing becomes the draft of whoever goes on with it.

As with every draft no copy is made and no event written; the copy that is made of it in the end is on record.
"""

from django.db import transaction

from evidence.editing.again import again_of, finds_of
from evidence.editing.errors import DraftKept
from evidence.editing.models import Draft
from evidence.editing.redrawing import redrawn
from evidence.editing.services.drafts import draft_save
from evidence.identity.who import Who
from evidence.recordings.models import Recording


@transaction.atomic
def draft_again(*, who: Who, copy: Recording, is_replacing: bool = False) -> Draft:
    """Draw what a redaction covers, mutes and keeps once more, as this person's draft on what it was made from.

    Why each thing is covered comes with it; what was written on the pictures, and why the copy was made, does not.
    `is_replacing`: what they have drawn there themselves may go.

    Raises:
        Denied: they may not watch the copy, or may not edit what it was made from.
        DraftKept: they have a drawing there.
        NotEditable: it is no redaction made by a recipe, or what it was made from cannot be edited now.
        EditRefused: the drawing is too large to be kept.
    """
    again = again_of(who, copy)
    if again.kept is not None and not is_replacing:
        raise DraftKept
    content = redrawn(again.recipe, again.film, finds_of(again))
    return draft_save(who=who, recording=again.recording, content=content, part=again.part)
