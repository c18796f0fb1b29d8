"""Timestamps (RFC 3161): an authority outside signs that a checkpoint was there at a time, by its own clock.

What is stamped is the SHA-256 of the note as the log signed it, without cosignatures, which come later. Stamps may cost
money: one an hour is asked for, and one for each set of discs, of the checkpoint that seals it. A newcomer's trap: an
answer counts only after all of it was verified; what is kept is the answer as it came, byte for byte.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import Certificate, DuplicateExtension, InvalidVersion, load_pem_x509_certificates
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from evidence.custody.anchoring.der import ordered
from evidence.custody.anchoring.named import Authority, authorities_named
from evidence.custody.checkpoints import head_last, head_over, is_awaiting_witness
from evidence.custody.errors import AnchorAway, AnchorRefused, AnchorUnknown
from evidence.custody.models import Anchor, AnchorKind, Event, Leaf, TreeHead
from evidence.custody.verbs import Verb

TIMEOUT_S = 10.0
ANSWER_MAX_BYTES = 64 * 1024
WITNESSED_WITHIN = timedelta(seconds=5)
"""So long the checkpoint over a set of discs is left to the witness, which may cosign a later one."""
CLOCKS_APART = timedelta(minutes=5)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates that are trusted: those that signed themselves, and those that lie between."""

    roots: tuple[Certificate, ...]
    between: tuple[Certificate, ...]

    @classmethod
    def read(cls, authority: Authority) -> "Chain":
        """From its file. Raises AnchorUnknown."""
        try:
            found = load_pem_x509_certificates(authority.certificates.read_bytes())
        except (OSError, ValueError) as wrong:
            raise AnchorUnknown(
                f"LOG_TIMESTAMPS: {authority.certificates.name}, the certificates of {authority.name}, cannot be read: "
                "it must be a file in PEM that the sequencer may read."
            ) from wrong
        roots = tuple(each for each in found if each.issuer == each.subject)
        if not roots:
            raise AnchorUnknown(
                f"LOG_TIMESTAMPS: {authority.certificates.name} holds no root: no certificate that signed itself."
            )
        return cls(roots, tuple(each for each in found if each.issuer != each.subject))


def stamp_read(raw: bytes, note: bytes, chain: Chain, *, nonce: int | None = None) -> datetime:
    """When an authority says that it saw a note, all of its answer verified.

    Raises:
        AnchorRefused: it is no timestamp, not of this note, or not by whom it is to be.
    """
    verifier = VerifierBuilder(roots=[*chain.roots], intermediates=[*chain.between], nonce=nonce).build()
    try:
        response = decode_timestamp_response(ordered(raw))
        _granted_require(response)
        verifier.verify(response, sha256(note).digest())
        at: datetime = response.tst_info.gen_time
    except (VerificationError, ValueError, InvalidVersion, DuplicateExtension, UnsupportedAlgorithm) as wrong:
        raise AnchorRefused(f"What came is no timestamp that can be relied on: {str(wrong)[:300]}") from wrong
    return at


def stamp_imprint_require(raw: bytes, note: bytes) -> None:
    """See that a timestamp says that it is of a note, where nothing is at hand to check its signature with.

    Raises:
        AnchorRefused: it is of something else, or none.
    """
    try:
        stamped = decode_timestamp_response(ordered(raw)).tst_info.message_imprint.message
    except ValueError as wrong:
        raise AnchorRefused(f"It is no timestamp: {str(wrong)[:300]}") from wrong
    if stamped != sha256(note).digest():
        raise AnchorRefused("It is of something else.")


def _granted_require(response: TimeStampResponse) -> None:
    if response.status != 0:
        said = " ".join(response.status_string)[:300]
        raise AnchorRefused(f"It gave no timestamp (status {response.status}): {said or 'it gave no reason'}.")


@dataclass(slots=True)
class Stamper:
    """One authority, and how far the record was looked through for sets of discs."""

    authority: Authority
    chain: Chain
    _seen: int | None = None

    @classmethod
    def all(cls) -> "list[Stamper]":
        """Those of the settings. Raises AnchorUnknown."""
        return [cls(authority, Chain.read(authority)) for authority in authorities_named()]

    def step(self) -> Anchor | None:
        """Have one checkpoint stamped; None where none is due.

        Raises:
            AnchorAway: the authority cannot be reached.
            AnchorRefused: it did not stamp, or what it sent does not verify.
        """
        last, newest = self._mine().order_by("-head_id").select_related("head").first(), head_last()
        if newest is None:
            return None
        if self._seen is None:
            self._seen = last.head.size if last else newest.size
        for event, index in _disc_requests(self._seen, newest.size):
            head = head_over([event.uuid])
            if head is None or (is_awaiting_witness(head) and timezone.now() - event.at < WITNESSED_WITHIN):
                return None
            if not self._mine().filter(head=head).exists():
                return self._stamp(head)
            self._seen = index + 1
        self._seen = newest.size
        every = timedelta(seconds=settings.LOG_TIMESTAMP_EVERY_S)
        is_due = last is None or (last.head_id < newest.id and timezone.now() - last.at >= every)
        return self._stamp(newest) if is_due else None

    def _mine(self) -> QuerySet[Anchor]:
        return Anchor.objects.filter(kind=AnchorKind.TIMESTAMP, name=self.authority.name)

    def _stamp(self, head: TreeHead) -> Anchor:
        note = head.note.encode()
        asked = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256).build()
        raw = _sent(self.authority.url, asked.as_bytes())
        at, now = stamp_read(raw, note, self.chain, nonce=asked.nonce), timezone.now()
        if abs(now - at) > CLOCKS_APART:
            log.warning("%s says that it is %s, and the clock here says %s", self.authority.name, at, now)
        with transaction.atomic():
            return Anchor.objects.create(
                head=head, kind=AnchorKind.TIMESTAMP, name=self.authority.name, proof=raw, at=now
            )


def _disc_requests(after: int, size: int) -> Iterator[tuple[Event, int]]:
    """Each request for a set of discs among the entries from `after` to `size`, with its place."""
    leaves = Leaf.objects.filter(index__gte=after, index__lt=size)
    found = Event.objects.filter(verb=Verb.DISC_REQUESTED, position__in=leaves.values("position"))
    places = dict(leaves.filter(position__in=found.values("position")).values_list("position", "index"))
    yield from sorted(((event, places[event.position]) for event in found), key=lambda pair: pair[1])


def _sent(url: str, question: bytes) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept-Encoding": "identity"}
    until, content = time.monotonic() + TIMEOUT_S, bytearray()
    try:
        with requests.post(
            url, data=question, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True
        ) as response:
            # byte by byte: one that lets its answer drip is not waited for longer than one that says nothing
            for piece in response.iter_content(chunk_size=1):
                content += piece
                if len(content) > ANSWER_MAX_BYTES or time.monotonic() > until:
                    raise AnchorAway("It answers too slowly, or with more than any timestamp has.")
    except requests.RequestException as away:
        raise AnchorAway(f"It did not answer ({type(away).__name__}).") from away
    if response.status_code >= 500 or response.status_code == 429:
        raise AnchorAway(f"It cannot answer at the moment ({response.status_code}).")
    if response.status_code != 200:
        raise AnchorRefused(f"It refused ({response.status_code}).")
    return bytes(content)
