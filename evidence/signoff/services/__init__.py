"""Every write of the second look: asking for one, how it ended, what is decided of each place, and the signature."""

from evidence.signoff.services.deciding import place_decide, places_decide
from evidence.signoff.services.looking import (
    look_ask,
    look_ask_after_render,
    look_begin,
    look_cancelled,
    look_failed,
    look_finish,
    look_read,
)
from evidence.signoff.services.signing import look_sign

__all__ = [
    "look_ask",
    "look_ask_after_render",
    "look_begin",
    "look_cancelled",
    "look_failed",
    "look_finish",
    "look_read",
    "look_sign",
    "place_decide",
    "places_decide",
]
