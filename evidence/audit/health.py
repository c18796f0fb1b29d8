"""Whether this process lives, and whether it can do its work: `/health/live` and `/health/ready`, for load balancers.

They are asked by address, over plain http, by machines that send any Host: so they are answered before sites, redirects
and sessions. They say pass, warn or fail and nothing else. What is late (reading again, anchors, locks) is not asked:
it raises an alarm on the status page and must not stop work.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from time import monotonic

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from evidence.custody.triggers import triggers_missing
from evidence.ingest.spool import Spool
from evidence.vault.queries import selftest_last, vault_answers

Handler = Callable[[HttpRequest], HttpResponse]
PASS, WARN, FAIL = "pass", "warn", "fail"
FRESH_S = 5.0
"""An answer is given again for so long, so that nobody can make work by asking."""
STALE_S = 30.0
"""While a new answer is being found, one that is not older than this is given."""
VAULT_WITHIN_S = 3.0
log = logging.getLogger(__name__)


class HealthMiddleware:
    """Answers the two addresses, whatever the Host; passes on everything else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        if request.path_info not in {"/health/live", "/health/ready"}:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return _answer({} if request.path_info == "/health/live" else READINESS())


class Readiness:
    """What a process of the web server needs: asked for at most every few seconds, by one request at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: Mapping[str, str] = {}
        self._found_at = -STALE_S
        self._asking: threading.Thread | None = None

    def __call__(self) -> Mapping[str, str]:
        """Check to `pass`, `warn` or `fail`."""
        if monotonic() - self._found_at < FRESH_S:
            return self._found
        if not self._lock.acquire(blocking=False):
            return self._found if monotonic() - self._found_at < STALE_S else {"readiness": FAIL}
        try:
            found = self._asked()
            if found != self._found:
                log.log(logging.ERROR if FAIL in found.values() else logging.INFO, "readiness: %s", found)
            self._found, self._found_at = found, monotonic()
            return found
        finally:
            self._lock.release()

    def _asked(self) -> Mapping[str, str]:
        is_vault = self._is_vault_there()
        return {**_database(is_vault=is_vault), "vault": PASS if is_vault else FAIL, "spool": _spool()}

    def _is_vault_there(self) -> bool:
        """A store that does not answer is asked in a thread, for its own time limits are those of an upload."""
        if self._asking is not None and self._asking.is_alive():
            return False
        answers: SimpleQueue[bool] = SimpleQueue()
        self._asking = threading.Thread(target=lambda: answers.put(vault_answers()), name="readiness", daemon=True)
        self._asking.start()
        try:
            return answers.get(timeout=VAULT_WITHIN_S)
        except Empty:
            return False


READINESS = Readiness()


def _database(*, is_vault: bool) -> Mapping[str, str]:
    """The database, the triggers that guard the record, and how the store's last self-test ended."""
    try:
        missing = triggers_missing(connection)
        tested = selftest_last() if is_vault else None
    except DatabaseError:
        return {"database": FAIL, "record": FAIL, "selftest": WARN}
    # not tried yet, or not to be told: no reason to stop, the next worker that starts tries it
    selftest = WARN if tested is None else PASS if tested.is_sound else FAIL
    return {"database": PASS, "record": FAIL if missing else PASS, "selftest": selftest}


def _spool() -> str:
    try:
        return PASS if Spool().room_bytes() else FAIL
    except OSError:
        return FAIL


def _answer(checks: Mapping[str, str]) -> JsonResponse:
    worst = next((grade for grade in (FAIL, WARN) if grade in checks.values()), PASS)
    body: dict[str, object] = {"status": worst}
    if checks:
        body["checks"] = {name: [{"status": grade}] for name, grade in checks.items()}
    answer = JsonResponse(body, status=503 if worst == FAIL else 200, content_type="application/health+json")
    answer["Cache-Control"] = "no-store"
    return answer
