"""An open playback session and the browser that opened it: asked for once, used by every page of that recording.

The key is in a cookie that only the bytes' own path sees; which session this browser holds is in its sign-in session.
Rooms above ask `opening_of`; where there is none they show the reason form (`recordings/_reason.html`) with `next`, and
where there is one they show its reason (`recordings/_opened.html`, filled by `item_context` when given `opening`).
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from evidence.custody.queries import lines, subject_events
from evidence.identity.middleware import who_of
from evidence.recordings.media_views import cookie_set, media_path
from evidence.recordings.models import PlaybackSession, Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.reasons import LABELS
from evidence.recordings.services.playback import Opened, playback_close

SESSION_KEY = "playbacks"
KEPT = 20


def opening_of(request: HttpRequest, recording: Recording) -> PlaybackSession | None:
    """This browser's live playback session of a recording; None where a reason has to be asked for (again)."""
    session_id = _kept(request).get(str(recording.id))
    if session_id is None:
        return None
    who = who_of(request)
    live = PlaybackSession.objects.filter(
        pk=session_id, recording=recording, viewer_id=who.person_id, closed_at=None, expires_at__gt=timezone.now()
    ).first()
    if live is not None and not RECORDINGS.decide(who, Right.WATCH, recording):
        playback_close(session=live)
        return None
    return live


def opening_keep(request: HttpRequest, response: HttpResponseBase, opened: Opened) -> None:
    """Give this browser the key, and remember that it has it."""
    cookie_set(response, opened, media_path(opened.session.id))
    kept = {**_kept(request), str(opened.session.recording_id): str(opened.session.id)}
    request.session[SESSION_KEY] = dict(list(kept.items())[-KEPT:])


def opening_reason(session: PlaybackSession) -> str:
    """Why it was opened, as the custody record has it: the list's words and the person's own."""
    found = lines(subject_events("recording", session.recording_id).filter(uuid=session.opened_event))
    code = found[0].body["reason"]["code"] if found else None
    text = found[0].reason_text if found else ""
    # 'Another reason' says nothing beside the words that had to be written with it
    label = "" if code == "other" and text else LABELS.get(code or "", "")
    return ": ".join(part for part in (label, text) if part) or "no reason is on record"


def _kept(request: HttpRequest) -> dict[str, str]:
    kept: dict[str, str] = request.session.get(SESSION_KEY, {})
    return kept
