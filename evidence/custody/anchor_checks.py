"""The anchors that are kept, held against their checkpoints, without asking anybody outside.

A newcomer's trap: whoever can write the database can leave an anchor out; that there are none is no fault here. What an
anchor outside really says is asked there: of the witness, of the bucket, of the court that holds a disc.
"""

from collections.abc import Mapping

from evidence.custody.anchoring.copying import copy_key
from evidence.custody.anchoring.stamping import Chain, Stamper, stamp_imprint_require, stamp_read
from evidence.custody.checkpoints import witnesses_known
from evidence.custody.errors import AnchorRefused, AnchorUnknown
from evidence.custody.models import Anchor, AnchorKind
from evidence.custody.tree.note import NoteInvalid, Verifier, note_read, signatures_of
from evidence.custody.verified import Verified

BATCH = 2_000


def anchors_check(found: Verified) -> None:
    """Tell of each anchor that is not of its checkpoint. A timestamp's signature is checked against the certificates
    that LOG_TIMESTAMPS names for its maker; where they are not at hand, only that it is of the note."""
    witnesses = [Verifier.read(key.verifier) for key in witnesses_known()]
    chains = _chains(found)
    for anchor in Anchor.objects.select_related("head").order_by("id").iterator(BATCH):
        try:
            _check(anchor, witnesses, chains)
        except (AnchorRefused, NoteInvalid, ValueError) as wrong:
            kind = AnchorKind(anchor.kind).label.lower() if anchor.kind in AnchorKind.values else anchor.kind
            found.tell(
                f"The {kind} by {anchor.name} of checkpoint {anchor.head_id}, over {anchor.head.size:,} events, does "
                f"not hold: {wrong}"
            )


def _chains(found: Verified) -> Mapping[str, Chain]:
    try:
        return {each.authority.name: each.chain for each in Stamper.all()}
    except AnchorUnknown as wrong:
        found.tell(f"Timestamps were checked without certificates. {wrong}")
        return {}


def _check(anchor: Anchor, witnesses: list[Verifier], chains: Mapping[str, Chain]) -> None:
    note, proof = anchor.head.note, bytes(anchor.proof)
    match anchor.kind:
        case AnchorKind.WITNESS:
            theirs = [each for each in witnesses if each.name == anchor.name]
            signatures_of(note_read(f"{note_read(note).text}\n{proof.decode()}"), theirs)
        case AnchorKind.COPY:
            key, version = proof.decode().splitlines()
            prefix = anchor.name.partition("/")[2]
            if key != copy_key(f"{prefix}/" if prefix else "", anchor.head.size, note.encode()) or not version:
                raise AnchorRefused("It names another checkpoint's copy.")
        case AnchorKind.TIMESTAMP if chain := chains.get(anchor.name):
            stamp_read(proof, note.encode(), chain)
        case AnchorKind.TIMESTAMP:
            stamp_imprint_require(proof, note.encode())
        case _:
            raise AnchorRefused("It is of a kind that is not known.")
