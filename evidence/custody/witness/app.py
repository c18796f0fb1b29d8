"""The witness over HTTP, as a WSGI application: /add-checkpoint for logs, the rest for whoever watches over them.

There is nothing to sign in to: what counts is a log's signature under what is sent. Everything it says is public.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from evidence.custody.tree.note import note_read
from evidence.custody.witness.errors import MemoryFailed
from evidence.custody.witness.witness import WORDS, Answer, Witness, log_id

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

BODY_MAX_BYTES = 64 * 1024
_READING = ("GET", "HEAD")


class App:
    """WSGI over one witness."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        method = environ["REQUEST_METHOD"]
        answer, allowed = self._answer(method, environ)
        content = answer.text.encode()
        headers = [
            ("Content-Type", answer.kind),
            ("Content-Length", str(len(content))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", ", ".join(allowed)))
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [] if method == "HEAD" else [content]

    def _answer(self, method: str, environ: "WSGIEnvironment") -> tuple[Answer, tuple[str, ...]]:
        path = environ.get("PATH_INFO", "")
        if path == "/add-checkpoint":
            return (self._added(environ) if method == "POST" else _method_refused("POST")), ("POST",)
        is_reading = method in _READING
        if path == "/":
            return (self._told(page) if is_reading else _method_refused("GET")), _READING
        if path.startswith("/checkpoint/"):
            origin = self._witness.log_of(path.removeprefix("/checkpoint/"))
            if not is_reading:
                return _method_refused("GET"), _READING
            if origin is not None:
                return self._told(lambda witness: _newest(witness, origin)), _READING
        return Answer(404, "There is nothing here. The first page, /, says what there is.\n"), ()

    def _added(self, environ: "WSGIEnvironment") -> Answer:
        body = environ["wsgi.input"].read(BODY_MAX_BYTES + 1)
        if len(body) > BODY_MAX_BYTES:
            return Answer(413, f"A submission has at most {BODY_MAX_BYTES} bytes.\n")
        return self._witness.add_checkpoint(body)

    def _told(self, what: Callable[[Witness], Answer]) -> Answer:
        try:
            return what(self._witness)
        except MemoryFailed:
            return Answer(503, "The witness cannot remember. Ask again later.\n")


def page(witness: Witness) -> Answer:
    """Who it is, which logs it watches, and the newest checkpoint of each. Raises MemoryFailed."""
    conflicts = witness.memory.conflicts()
    lines = [
        f"Witness {witness.verifier.name}",
        f"Public key: {witness.verifier.text}",
        "",
        "It cosigns checkpoints of the logs below (C2SP tlog-witness), each only where it continues the one before.",
    ]
    for origin, keys in witness.logs.items():
        seen = witness.memory.seen(origin)
        lines += ["", f"Log {origin}", *(f"Key: {key.text}" for key in keys)]
        lines += [f"Checkpoints that do not fit: {sum(each.origin == origin for each in conflicts)}"]
        if seen is None:
            lines += ["Nothing was cosigned yet."]
            continue
        lines += [f"Newest checkpoint: {seen.size} entries, cosigned {_cosigned_at(witness, seen.note)}"]
        lines += [f"Alone: /checkpoint/{log_id(origin)}", "", seen.note.removesuffix("\n")]
    return Answer(200, "\n".join([*lines, ""]), WORDS)


def _newest(witness: Witness, origin: str) -> Answer:
    seen = witness.memory.seen(origin)
    return Answer(200, seen.note) if seen else Answer(404, "Nothing of that log was cosigned yet.\n")


def _cosigned_at(witness: Witness, note: str) -> str:
    ours = [each for each in note_read(note).signatures if each.key_id == witness.verifier.key_id]
    return datetime.fromtimestamp(ours[-1].signed_at, UTC).isoformat() if ours else "by an earlier key"


def _method_refused(wanted: str) -> Answer:
    return Answer(405, f"Here only {wanted} is answered.\n")
