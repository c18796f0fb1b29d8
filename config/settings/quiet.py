"""Keeps addresses of the share site out of the diagnostic log: the path of a share is the key to it.

A filter on the handler, so that it meets every record whatever logger it came through: Django's for a 500, a refused
form or a bad request, and the web server's for a request it could not finish (a stream cut on purpose is one).
"""

import logging
import re
import traceback

from django.http import HttpRequest

SHARE_SITE = "share"
HIDDEN = "(address of a share, not logged)"
KEY_MIN = 16
"""A shorter first part of a path is a word such as robots.txt, or too little of a key to open anything with."""
# A token of the share site: 32 random bytes in base64url, never without a capital or a figure as names in code can be
_TOKEN = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z0-9])[\w-]{43}(?![\w-])(/[^\s'\"]*)?")
_PATH = re.compile(r"(?<![^\s'\"])/[^\s'\"]*")
# The web server does not say which site a path belongs to, so none of its paths is logged
_WEB_SERVER = "gunicorn"


class SharePathsHidden(logging.Filter):
    """Replaces what would open a share in the text of a record, arguments and traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with its addresses replaced."""
        told, trace = record.getMessage(), _trace(record)
        hidden, hidden_trace = _hidden(told, record), _hidden(trace, record)
        if record.name.split(".")[0] == _WEB_SERVER and record.levelno >= logging.WARNING:
            hidden = _PATH.sub(HIDDEN, hidden)
        if hidden_trace != trace:
            # a formatter would write the exception anew: its text goes into the message instead
            hidden = f"{hidden}\n{hidden_trace}"
            record.exc_info = record.exc_text = None
        if hidden != told:
            record.msg, record.args = hidden, ()
        return True


def _hidden(text: str, record: logging.LogRecord) -> str:
    request = getattr(record, "request", None)
    if getattr(request, "site_name", None) == SHARE_SITE and isinstance(request, HttpRequest):
        token = request.path.strip("/").split("/")[0]
        for key in (request.get_full_path(), request.path, token if len(token) >= KEY_MIN else ""):
            text = text.replace(key, HIDDEN) if len(key) > 1 else text
    return _TOKEN.sub(HIDDEN, text)


def _trace(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[0] is not None:
        return "".join(traceback.format_exception(*record.exc_info))
    return record.exc_text or ""
