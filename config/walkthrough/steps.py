"""The walk, step by step: a table of contents."""

from collections.abc import Callable, Iterator

from config.walkthrough import court, film
from config.walkthrough.checks import Check
from config.walkthrough.walk import Walk

STEPS: tuple[tuple[str, Callable[[Walk], Iterator[Check]]], ...] = (
    ("tus upload by a dock, receipt", film.upload),
    ("playable", film.playable),
    ("review, range request", film.review),
    ("clip of the middle third", film.clip),
    ("redaction of a box, mute", film.redaction),
    ("still", film.still),
    ("share by link, open it", court.share),
    ("case and exhibits", court.case),
    ("data disc", court.data_disc),
    ("viewing DVD", court.viewing_dvd),
    ("burn and verify", court.burned),
    ("custody record", court.custody),
)
