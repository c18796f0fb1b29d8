"""Pages of the share site, for people outside who were sent a link: landing, code, viewer, bytes, download.

No account, no script needed, nothing but the one item. Of an item in several files script makes one film, for which it
gets their frame times; storyboards, loudness, speech and words stay inside. Fetching the landing page opens nothing:
opening is a POST.
"""

from http import HTTPMethod
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from evidence.recordings.errors import PlaybackOver, RecordingMissing
from evidence.recordings.joints import joints_of
from evidence.recordings.media_views import SHOWN_AS, cookie_set, file_response, media_serve, part_of
from evidence.recordings.models import PlaybackSession, RecordingFile
from evidence.recordings.queries import parts_of, viewing_files
from evidence.recordings.reel import reel_outside_json
from evidence.recordings.services.download import download_name
from evidence.recordings.services.playback import playback_close, seen
from evidence.recordings.streaming import answer_while
from evidence.sharing.door import external, link_of, session_in
from evidence.sharing.errors import CodeTooSoon, CodeWrong, LinkGone
from evidence.sharing.models import Link
from evidence.sharing.queries import code_live, opening_is_live
from evidence.sharing.services.opening import code_send, link_download, link_open
from evidence.sharing.showing import files_shown, item_shown, masked, no_video_words
from evidence.vault.services import object_readable_require


@external
@require_safe
def landing(request: HttpRequest, token: str) -> HttpResponse:
    """Who sent it, why and until when, and the button that opens it."""
    return _landing(request, link_of(request, token), token)


@external
@require_POST
def code(request: HttpRequest, token: str) -> HttpResponse:
    """Mail a one-time code, then back to the landing page, which asks for it."""
    link = link_of(request, token)
    try:
        code_send(link=link)
    except CodeTooSoon as error:
        return _landing(request, link, token, trouble=error.message, status=error.status)
    return redirect("share-landing", token=token)


@external
@require_http_methods([HTTPMethod.GET, HTTPMethod.POST])
def open_page(request: HttpRequest, token: str) -> HttpResponse:
    """Open it: a session of one's own, whose key is a cookie for its own path only."""
    link = link_of(request, token)
    if request.method != HTTPMethod.POST:
        return redirect("share-landing", token=token)  # reloaded or bookmarked: nothing is opened by that
    try:
        opened = link_open(link=link, code=request.POST.get("code", ""))
    except CodeWrong as error:
        return _landing(request, link, token, trouble=error.message, status=error.status)
    response = redirect("share-viewer", token=token, session_id=opened.session.id)
    cookie_set(response, opened, response["Location"])
    return response


@external
@require_GET
def viewer(request: HttpRequest, token: str, session_id: UUID) -> HttpResponse:
    """The item, in the browser's own player; where script runs, several files of it as one film in ours."""
    link = link_of(request, token)
    try:
        session = session_in(request, link, session_id)
    except PlaybackOver:
        return redirect("share-landing", token=token)
    recording = link.recording
    files, parts = viewing_files(recording), parts_of(recording)
    shown = _file(files, request.GET.get("part", str(files[0].part)))

    may_download = link.may_download and session.may_download

    def address(name: str, number: int) -> str:
        return reverse(f"share-{name}", kwargs={"token": token, "session_id": session.id, "part": number})

    context = {
        "link": link, "token": token, "session": session, "item": item_shown(recording, shown), "file": shown,
        "shown_type": SHOWN_AS.get(shown.media_type, shown.media_type), "src": address("video", shown.part),
        "parts": parts, "part": part_of(recording, shown.part), "joints": joints_of(recording, parts),
        "reel": reel_outside_json(recording, address), "index_url": address("index", shown.part),
        "files": files_shown(recording, files), "may_download": may_download, "no_save": not may_download,
        "no_video": no_video_words(may_download=may_download), "page_title": "Recording", "home_url": f"/{token}/",
    }  # fmt: skip
    return render(request, "sharing/external/viewer.html", context)


@external
@require_safe
def video(request: HttpRequest, token: str, session_id: UUID, part: int) -> HttpResponseBase:
    """The bytes that are played, whole or by range; they stop when the link ends."""
    link = link_of(request, token)
    session = session_in(request, link, session_id)
    return _while_live(media_serve(request, session, "video", part), link, session)


@external
@require_safe
def index(request: HttpRequest, token: str, session_id: UUID, part: int) -> HttpResponseBase:
    """The times of the frames of a part that is played, where there are several to be put on one time line."""
    link = link_of(request, token)
    session = session_in(request, link, session_id)
    files = viewing_files(link.recording)
    if len(files) < 2:
        raise RecordingMissing
    # what is not given is not told of either
    object_readable_require(_file(files, str(part)).stored)
    return _while_live(media_serve(request, session, "index", part), link, session)


@external
@require_safe
def download(request: HttpRequest, token: str, session_id: UUID, part: int) -> HttpResponseBase:
    """The same bytes as a file to keep, where the link allows it; each request for them is an event."""
    link = link_of(request, token)
    session = session_in(request, link, session_id)
    file = _file(viewing_files(link.recording), str(part))
    if request.method == HTTPMethod.GET:
        link_download(link=link, session=session, file=file)
    name = download_name(link.recording, file)
    return _while_live(file_response(request, file, filename=name), link, session)


@external
@require_POST
def close(request: HttpRequest, token: str, session_id: UUID) -> HttpResponse:
    """The recipient is done."""
    playback_close(session=session_in(request, link_of(request, token), session_id))
    return redirect("share-landing", token=token)


@external
def gone(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """Every address of this site that leads nowhere looks like a link that is over."""
    raise LinkGone


@external
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines stay out."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def _landing(request: HttpRequest, link: Link, token: str, *, trouble: str = "", status: int = 200) -> HttpResponse:
    has_code = link.needs_code and code_live(link) is not None
    context = {
        "link": link, "token": token, "trouble": trouble, "page_title": "A recording for you", "has_code": has_code,
        "errors": [{"text": trouble, "href": "#code" if has_code else ""}], "mailed_to": masked(link.recipient.email),
        "code_hint": f"The six figures we sent to {masked(link.recipient.email)}. It works once, within ten minutes.",
        "home_url": f"/{token}/",
    }  # fmt: skip
    return render(request, "sharing/external/landing.html", context, status=status)


def _while_live(response: HttpResponseBase, link: Link, session: PlaybackSession) -> HttpResponseBase:
    def is_live() -> bool:
        if not opening_is_live(link, session):
            return False
        seen(session)
        return True

    return answer_while(response, is_live)


def _file(files: list[RecordingFile], part: str) -> RecordingFile:
    found = next((file for file in files if str(file.part) == part), None)
    if found is None:
        raise RecordingMissing
    return found
