"""Reading a record is an act of its own: who read it, when and why stands in the record it was read from.

The security log is a record apart: reading it is a line of that log, and no custody event.
"""

from uuid import UUID

from evidence.audit.errors import SearchTooWide
from evidence.audit.policy import events_for, may_read_security, search_require
from evidence.audit.queries import ReadLine, Search, SecuritySearch, found_by, record_of, security_found
from evidence.audit.subjects import RECORD
from evidence.custody.models import Event
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.http.errors import Forbidden
from evidence.identity.models import Person, SecurityEntry, SecurityKind
from evidence.identity.services import security_log
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.subjects import subject_of


def record_read(*, who: Who, recording: Recording, way: str) -> list[ReadLine]:
    """The full record of a recording, as far as this reader may see it. `way`: `page` or `export`.

    Raises:
        Denied: no right to read it.
    """
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.CUSTODY, recording)
        read = record_of(who, recording)
        deed.record(Verb.RECORD_READ, subject_of(recording), rule=decision.rule, data={"way": way, "lines": len(read)})
    return read


def record_search(*, who: Who, search: Search, limit: int, before: int | None = None) -> list[Event]:
    """Events across items, newest first, at most `limit`, older than position `before`. Each page is an event.

    Raises:
        Denied: not for this person.
        SearchTooWide: nothing narrows it.
    """
    with act(actor=who.actor) as deed:
        rule = search_require(who)
        if not search.is_narrow:
            raise SearchTooWide
        rows = events_for(who, found_by(search))
        found = list((rows.filter(position__lt=before) if before else rows)[:limit])
        deed.record(Verb.RECORD_SEARCHED, RECORD, rule=rule, data={**search.data, "found": len(found)})
    return found


def security_read(
    *, who: Who, search: SecuritySearch, limit: int, before: UUID | None = None, address: str | None = None
) -> list[SecurityEntry]:
    """Lines of the security log, newest first, at most `limit`. That they were read, or refused, is a line as well.

    Raises:
        Forbidden: not for this person.
    """
    reader = Person.objects.get(pk=who.person_id)
    if not may_read_security(who):
        security_log(kind=SecurityKind.LOG_REFUSED, person=reader, address=address)
        raise Forbidden("The security log is read by auditors. If you need to know something from it, ask one.")
    found = list(security_found(search, before)[:limit])
    security_log(
        kind=SecurityKind.LOG_READ, person=reader, about=search.person, detail=search.kind or "every kind",
        address=address,
    )  # fmt: skip
    return found
