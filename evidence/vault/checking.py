"""One object read back whole and compared with what was sealed; what is not right is read again, three times.

Nothing is changed here. A newcomer's trap: a vault that is away looks like a vault whose objects are gone. So nothing
is called missing or unreadable before the vault has shown that it still holds others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import sleep
from uuid import uuid4

from evidence.vault.choice import store_named
from evidence.vault.encryption.reading import object_pieces
from evidence.vault.errors import KeyUnavailable, ObjectDamaged, ObjectMissing, VaultUnavailable
from evidence.vault.models import CheckResult, StoredObject
from evidence.vault.store import ObjectStore, OnBytes, digest

PAUSES_S = (1.0, 5.0, 25.0)
"""How long to wait before each further try, in seconds."""
ASKED_AT_MOST = 8
"""How many other objects are asked for before a vault counts as away."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `says`: for people, empty where all is well; `tries`: how often it was read."""

    result: CheckResult
    says: str = ""
    tries: int = 1


def object_check(stored: StoredObject, on_bytes: OnBytes, *, wait: Callable[[float], None] = sleep) -> Checked:
    """Read it, in quarantine or not, again where it is not right, and say how it is. `on_bytes` may raise to stop.

    Raises:
        VaultUnavailable: the vault is away, or the key that it takes (KeyUnavailable), so nothing is known of this
            object.
    """
    store = store_named(stored.store)
    checked = _looked(store, stored, on_bytes)
    for tries, pause_s in enumerate(PAUSES_S, start=2):
        if checked.result == CheckResult.SOUND:
            return checked
        _pause(pause_s, on_bytes, wait)
        again = _looked(store, stored, on_bytes)
        checked = Checked(again.result, again.says, tries)
    if checked.result in {CheckResult.MISSING, CheckResult.UNREADABLE}:
        _vault_require(store, stored)
    return checked


def _looked(store: ObjectStore, stored: StoredObject, on_bytes: OnBytes) -> Checked:
    key, version_id = stored.key, stored.version_id
    try:
        size = store.size(key=key, version_id=version_id)
        if size is None:
            return Checked(CheckResult.MISSING, "Nothing lies in the vault where it was put.")
        if size != stored.lies_bytes:
            return Checked(
                CheckResult.DAMAGED, f"It has {size:,} bytes in the vault, and was sealed with {stored.lies_bytes:,}."
            )
        found = digest(object_pieces(store, stored, start=0, end=stored.size_bytes, is_cold=True), on_bytes)
    except KeyUnavailable:
        raise
    except ObjectDamaged as damaged:
        return Checked(CheckResult.DAMAGED, damaged.message)
    except ObjectMissing as missing:
        return Checked(CheckResult.UNREADABLE, f"It lies in the vault and cannot be read. {missing.message}")
    except VaultUnavailable as away:
        return Checked(CheckResult.UNREADABLE, f"It cannot be read. {away.message}")
    if found != stored.sha256:
        return Checked(CheckResult.DAMAGED, f"Its SHA-256 in the vault is {found}, and was sealed as {stored.sha256}.")
    return Checked(CheckResult.SOUND)


def _pause(pause_s: float, on_bytes: OnBytes, wait: Callable[[float], None]) -> None:
    """Wait, and let whoever wants to stop do so meanwhile."""
    while pause_s > 0:
        on_bytes(0)
        wait(min(pause_s, 1.0))
        pause_s -= 1.0


def _vault_require(store: ObjectStore, stored: StoredObject) -> None:
    """Accuse nobody unless the vault still gives back others; where there are none to ask for, it cannot be told.

    Raises:
        VaultUnavailable: it gives back none of them: it is away, or another one.
    """
    others = _others(stored)
    for other in others:
        size = store.size(key=other.key, version_id=other.version_id)
        if size == other.lies_bytes and _gives_back(store, other):
            return
    if others:
        raise VaultUnavailable(
            f"The vault has neither object {stored.key} nor any of {len(others)} others that were asked for: it may be "
            "another one, not mounted, or lost. No single file is blamed for that. Tell support at once."
        )


def _gives_back(store: ObjectStore, other: StoredObject) -> bool:
    """Whether its first byte can be read."""
    try:
        for _ in object_pieces(store, other, start=0, end=min(1, other.size_bytes)):
            return True
    except VaultUnavailable:
        return False
    return other.size_bytes == 0


def _others(stored: StoredObject) -> list[StoredObject]:
    """A few other objects at random: ids are random, so the next after a random one is a random one."""
    rows = StoredObject.objects.filter(store=stored.store, destroyed_at=None, quarantined_at=None).exclude(pk=stored.pk)
    found: dict[object, StoredObject] = {}
    for _ in range(ASKED_AT_MOST):
        other = rows.filter(pk__gte=uuid4()).order_by("pk").first() or rows.order_by("pk").first()
        if other is not None:
            found[other.pk] = other
    return list(found.values())
