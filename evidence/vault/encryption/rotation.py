"""New keys for old: the keys of objects wrapped anew by the provider's newest key, and old ones taken out of the ring.

No object is touched, only rows, a batch a transaction with its event. What is still to be done shows in the rows alone,
so a run that was killed goes on with the next batch when it is started again; two at once do no harm.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from evidence.custody.parties import system
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.vault.encryption.keys import key_unwrapped
from evidence.vault.encryption.providers import FILE_PROVIDER, context_of, key_provider
from evidence.vault.encryption.ring import KeyRing, RingKey
from evidence.vault.errors import KeyInUse, KeyUnavailable, ObjectKeyLost
from evidence.vault.models import ObjectKey
from evidence.vault.subjects import VAULT

BATCH_ROWS = 500
RULE = "operator:keys"
KEYS = system("Vault keys")


@dataclass(slots=True)
class Rotated:
    """How many keys of objects were wrapped anew, and why others were not: words and how often."""

    count: int = 0
    failures: Counter[str] = field(default_factory=Counter)


def ring_current() -> KeyRing:
    """The key ring of this installation, there or not."""
    return KeyRing(Path(settings.VAULT_KEY_RING_FILE))


def keys_in_use() -> dict[tuple[str, str], int]:
    """How many objects' keys each key of each provider wraps: `(provider, key id)` and number."""
    rows = ObjectKey.objects.values_list("provider", "provider_key_id").annotate(count=Count("pk")).order_by()
    return {(provider, key_id): count for provider, key_id, count in rows}


def ring_key_make() -> RingKey:
    """A new key in the ring, which wraps from now on.

    Raises:
        KeyUnavailable: there are encrypted objects and no ring: another ring would hide that theirs is missing.
    """
    ring, used = ring_current(), ObjectKey.objects.filter(provider=FILE_PROVIDER).count()
    if used and not ring.is_there():
        raise KeyUnavailable(
            f"{used:,} files are encrypted, and their key ring is missing. Bring its backup back first."
        )
    return ring.key_make()


def ring_key_retire(key_id: str) -> None:
    """Take a key out of the ring that no object needs any more.

    Raises:
        KeyInUse: objects' keys are wrapped by it, or it wraps new ones. KeyUnavailable: it is not in the ring.
    """
    count = ObjectKey.objects.filter(provider=FILE_PROVIDER, provider_key_id=key_id).count()
    if count:
        raise KeyInUse(f"The keys of {count:,} files are wrapped by {key_id}. Run `manage.py vault_keys rotate` first.")
    ring_current().key_remove(key_id)


def keys_rotate(on_batch: Callable[[int], None] = lambda _: None) -> Rotated:
    """Wrap every object's key by the newest key of the provider that is set, or of its own where none is.

    `on_batch` is told how many were wrapped anew so far, after each transaction; it may raise to stop.

    Raises:
        KeyUnavailable: the newest key is not to be had.
    """
    rotated = Rotated()
    for provider in list(ObjectKey.objects.values_list("provider", flat=True).order_by().distinct()):
        target = settings.VAULT_KEY_PROVIDER or provider
        newest = key_provider(target).key_id()
        rows = ObjectKey.objects.filter(provider=provider).order_by("pk")
        if target == provider:
            rows = rows.exclude(provider_key_id=newest)
        page = list(rows[:BATCH_ROWS])
        while page:
            _batch(page, target, newest, rotated)
            on_batch(rotated.count)
            page = list(rows.filter(pk__gt=page[-1].pk)[:BATCH_ROWS])
    return rotated


def _batch(page: list[ObjectKey], target: str, newest: str, rotated: Rotated) -> None:
    anew = [(row, wrapped) for row in page if (wrapped := _wrapped_anew(row, target, newest, rotated)) is not None]
    with act(actor=KEYS) as deed:
        count = sum(
            # only what is still as it was read: a key that was destroyed meanwhile stays so
            ObjectKey.objects.filter(pk=row.pk, wrapped=bytes(row.wrapped)).update(
                provider=target, provider_key_id=newest, wrapped=wrapped, wrapped_at=timezone.now()
            )
            for row, wrapped in anew
        )
        if count:
            deed.record(Verb.VAULT_KEYS_REWRAPPED, VAULT, rule=RULE, data={"objects": count, "key": newest})
    rotated.count += count


def _wrapped_anew(row: ObjectKey, target: str, newest: str, rotated: Rotated) -> bytes | None:
    """Wrapped, and unwrapped again to see that it can be; None, and why is counted, where the old one does not open."""
    try:
        key = key_unwrapped(row)
    except (KeyUnavailable, ObjectKeyLost) as error:
        rotated.failures[error.message] += 1
        return None
    provider, context = key_provider(target), context_of(row.object_id)
    wrapped = provider.wrap(key, key_id=newest, context=context)
    if provider.unwrap(wrapped, key_id=newest, context=context) != key:
        raise KeyUnavailable(f"The key provider {target} does not give back what it wrapped. Nothing was changed.")
    return wrapped
