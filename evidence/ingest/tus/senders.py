"""Who knocks at the tus door: a dock by its token on the docks site, a person by token or session on the force site.

A newcomer's trap: tus-js-client forgets where it was after a 401 or 403. A page of ours whose session ended is told
423, so that it can go on after the next sign-in; nothing is done for it until then.
"""

from django.http import HttpRequest
from rest_framework.authentication import CSRFCheck
from rest_framework.exceptions import AuthenticationFailed

from evidence.http.errors import AppError, Forbidden
from evidence.identity.authentication import owner_of
from evidence.identity.errors import SignInNeeded, TokenRefused
from evidence.identity.middleware import who_of
from evidence.identity.services import token_use
from evidence.identity.who import Who
from evidence.ingest.errors import UploadBusy, UploadForbidden
from evidence.ingest.policy import SCOPE
from evidence.ingest.services import sender_require
from evidence.ingest.spool import database_full_told

OWNER_OF_SITE = {"force": "person", "docks": "dock"}


@database_full_told()
def sender_of(request: HttpRequest) -> Who:
    """The sender, who may send recordings in.

    Raises:
        SignInNeeded, TokenRefused: nobody known asks. UploadBusy: a page of ours whose session ended.
        UploadForbidden: somebody known who may not. Forbidden: the request did not come from our page.
        SpoolFull: there is no room even for noting that they asked.
    """
    who = _by_token(request) or _by_session(request)
    sender_require(who)
    return who


def _by_token(request: HttpRequest) -> Who | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    row = token_use(token=token.strip())
    if SCOPE not in row.scopes:
        raise UploadForbidden("This token may not be used for sending recordings. Ask the administrator for another.")
    if row.owner_kind != OWNER_OF_SITE.get(_site(request)):
        raise UploadForbidden("Docks send to the docks address, people to the force's. Use the other one.")
    try:
        return owner_of(row)[1]
    except AuthenticationFailed as failed:
        raise TokenRefused(str(failed.detail)) from failed


def _by_session(request: HttpRequest) -> Who:
    who = who_of(request)
    if _site(request) != "force" or not who.is_person:
        raise _not_now(request, "Your session has ended. Sign in again; the upload then goes on.") or SignInNeeded()
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
    check.process_request(request)
    if check.process_view(request, None, (), {}):  # type: ignore[arg-type]
        words = "The request did not come from this page, or the page is older than your session. Load it again."
        raise _not_now(request, words) or Forbidden(words)
    return who


def _not_now(request: HttpRequest, words: str) -> AppError | None:
    """423 for a script of one of our own pages; browsers alone set this header, and no script can."""
    return UploadBusy(words) if request.headers.get("Sec-Fetch-Site") == "same-origin" else None


def _site(request: HttpRequest) -> str:
    return str(getattr(request, "site_name", "force"))
