"""Bytes of a recording under an open playback session: ranges of the video, index, storyboard, waveform.

The session's key comes in a cookie scoped to the session's own path. Nothing here decides who may watch: opening did,
and `still_allowed` asks again once a minute. Used by the force site and, with its own check, by the share site. What
was opened on a page is served only while that person is signed in there: the next one at the same desk gets nothing.
"""

import json
import math
from collections.abc import Callable
from http import HTTPMethod
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from evidence.custody.parties import ActorKind
from evidence.http.errors import AppError
from evidence.http.problem import problem_response
from evidence.http.ranges import range_response
from evidence.identity.middleware import who_of
from evidence.recordings.errors import PlaybackOver, RecordingMissing
from evidence.recordings.models import FileRole, PlaybackSession, Recording, RecordingFile
from evidence.recordings.queries import Part, files_of, parts_of
from evidence.recordings.services.playback import (
    LIFETIME,
    Opened,
    playback_close,
    playback_is_open,
    playback_use,
    recheck_due,
    seen,
    viewer_may_watch,
    watched_add,
)
from evidence.recordings.streaming import answer_while
from evidence.vault.services import object_read

DERIVED = {
    "index": FileRole.INDEX,
    "storyboard": FileRole.STORYBOARD,
    "storyboard-map": FileRole.STORYBOARD_MAP,
    "waveform": FileRole.WAVEFORM,
    "voice": FileRole.VOICE,
}
SHOWN_AS = {"video/quicktime": "video/mp4"}
"""Browsers play a QuickTime file that was found playable, but not under its own name."""
BODY_MAX_BYTES = 64 * 1024
StillAllowed = Callable[[PlaybackSession], bool]


def cookie_of(session_id: UUID) -> str:
    """Name of the cookie that carries a session's key. `__Host-` forbids a path, so `__Secure-` where it can be."""
    return f"{'__Secure-' if settings.SESSION_COOKIE_SECURE else ''}playback_{session_id.hex[:12]}"


def cookie_set(response: HttpResponseBase, opened: Opened, path: str) -> None:
    """Give the browser the session's key, for this path only."""
    response.set_cookie(
        cookie_of(opened.session.id), opened.key, max_age=int(LIFETIME.total_seconds()), path=path, httponly=True,
        secure=settings.SESSION_COOKIE_SECURE, samesite="Strict",
    )  # fmt: skip


def media_path(session_id: UUID) -> str:
    """Path under which a session's bytes are served on the force site."""
    return f"/media/{session_id}/"


def session_of(request: HttpRequest, session_id: UUID, still_allowed: StillAllowed) -> PlaybackSession:
    """The live session of a request.

    Raises:
        PlaybackOver: the key is missing or wrong, the session ended, or the right is gone (then it is closed).
    """
    session = playback_use(session_id=session_id, key=request.COOKIES.get(cookie_of(session_id), ""))
    if recheck_due(session):
        if not still_allowed(session):
            playback_close(session=session)
            raise PlaybackOver
        seen(session)
    return session


def person_session(request: HttpRequest, session_id: UUID) -> PlaybackSession:
    """The live session of a request on the force site.

    Raises:
        PlaybackOver: as `session_of`, or it was opened on a page by somebody who is not signed in there now, or on the
            share site by a recipient.
    """
    session = session_of(request, session_id, viewer_may_watch)
    if session.viewer_kind != ActorKind.PERSON:
        raise PlaybackOver
    if session.is_for_page and who_of(request).id != session.viewer_id:
        raise PlaybackOver
    return session


def file_response(
    request: HttpRequest, file: RecordingFile, *, filename: str = "", content_type: str = ""
) -> HttpResponseBase:
    """A file of the vault, whole or by range."""
    stored = file.stored
    return range_response(
        request, read=lambda start, end: object_read(stored, start, end), size_bytes=stored.size_bytes,
        sha256=stored.sha256, content_type=content_type or file.media_type, filename=filename,
    )  # fmt: skip


def part_of(recording: Recording, number: int) -> Part:
    """A part of a recording.

    Raises:
        RecordingMissing: it has no such part.
    """
    found = next((part for part in parts_of(recording) if part.number == number), None)
    if found is None:
        raise RecordingMissing
    return found


def media_file(recording: Recording, name: str, number: int) -> RecordingFile:
    """What a session is shown under a name: `video` or a derived file; the frame index is that of what is played.

    Raises:
        RecordingMissing: the recording has no such file.
    """
    part = part_of(recording, number)
    role = DERIVED.get(name)
    if role == FileRole.INDEX and part.proxy is not None:
        role = FileRole.PROXY_INDEX
    files = [part.viewing] if name == "video" else files_of(recording, role) if role else []
    found = next((file for file in files if file is not None and file.part == number), None)
    if found is None:
        raise RecordingMissing
    return found


def media_serve(request: HttpRequest, session: PlaybackSession, name: str, part: int) -> HttpResponseBase:
    """One of the session's files: `video` (for a still: its picture) or a derived one.

    Raises:
        RecordingMissing: the recording has no such file.
    """
    file = media_file(session.recording, name, part)
    return file_response(request, file, content_type=SHOWN_AS.get(file.media_type, ""))


@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD])
def media(request: HttpRequest, session_id: UUID, name: str, part: int = 1) -> HttpResponseBase:
    """`/media/<session>/<name>` on the force site; a long answer stops when the viewing or the right to it ends."""
    session = person_session(request, session_id)

    def is_live() -> bool:
        if not (playback_is_open(session) and viewer_may_watch(session)):
            return False
        seen(session)
        return True

    return answer_while(media_serve(request, session, name, part), is_live)


def watched_read(request: HttpRequest, offset_s: float = 0.0) -> list[tuple[float, float]]:
    """Stretches in a report of what was played: `{"stretches": [{"start_s", "end_s"}]}`, seconds from the part's start.

    `offset_s`: where that part begins; the answer counts from the start of the recording.

    Raises:
        AppError: the body is not that.
    """
    if request.content_type != "application/json" or len(request.body) > BODY_MAX_BYTES:
        raise AppError("Send what was watched as a small JSON document.")
    try:
        body: Any = json.loads(request.body)
        pairs = [(float(item["start_s"]), float(item["end_s"])) for item in body["stretches"]]
    except (ValueError, TypeError, KeyError) as problem:
        raise AppError("`stretches` must be a list of {start_s, end_s} in seconds.") from problem
    if not all(math.isfinite(value) for pair in pairs for value in pair):
        raise AppError("`stretches` must be finite numbers of seconds.")
    return [(start + offset_s, end + offset_s) for start, end in pairs]


def watched_note(request: HttpRequest, session: PlaybackSession, part: int) -> HttpResponse:
    """Note what a player reports; a report that cannot be read is answered, not raised, for no page waits for it."""
    try:
        offset_s = part_of(session.recording, part).offset_s
        watched_add(session=session, stretches=watched_read(request, offset_s))
    except AppError as error:
        return problem_response(error)
    return JsonResponse({"ok": True})


# The key in the path-scoped, SameSite=Strict cookie proves the origin; a foreign form cannot send a JSON body
@csrf_exempt
@require_POST
def watched(request: HttpRequest, session_id: UUID, part: int = 1) -> HttpResponse:
    """The player reports what was played, every ten seconds and when it stops."""
    return watched_note(request, person_session(request, session_id), part)


@csrf_exempt
@require_POST
def close(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The viewer left the page."""
    playback_close(session=person_session(request, session_id))
    return HttpResponse(status=204)
