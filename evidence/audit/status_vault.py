"""How the vault stands: the store's self-test, reading again, reconciliation, quarantine, locks and encryption."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from evidence.audit.status import Line, Section, Standing, counted, line_or_failure
from evidence.http.templatetags.words import when
from evidence.vault.fixity import overdue_count
from evidence.vault.locking import extend_within, locking_store, objects_ending, objects_unlocked
from evidence.vault.models import RunKind, StoredObject, VaultRun
from evidence.vault.queries import objects_quarantined, selftest_last, store_name, verified_longest_ago
from evidence.vault.runs import run_last

DAILY = timedelta(days=2)
"""What is to happen daily is late when it has not happened for so long."""
NAMED_AT_MOST = 20
NO_WORKER = "See that a worker of the queue '{}' and the clock (beat) run."
_MEDDLED = ("marker", "version")


def vault_section() -> Section:
    """Every line of the vault."""
    asked = {
        "Self-test of the store": _selftest,
        "Files read again": _fixity,
        "Store and list compared": _reconciliation,
        "Deleted or overwritten in the store": _meddled,
        "Quarantine": _quarantine,
        "Locks of the store": _locks,
        "Encryption": _encryption,
    }
    return Section("Vault", [line_or_failure(name, partial(ask, name)) for name, ask in asked.items()])


def _selftest(name: str) -> Line:
    found = selftest_last()
    if found is None:
        todo = NO_WORKER.format("vault")
        return Line(name=name, standing=Standing.NOT_YET, says="The store has not been tried yet.", todo=todo)
    failed = [f"{check['name']}: {check['says']}" for check in found.checks if not check["is_passed"]]
    at = f"Tried {when(found.at)}"
    if not found.is_sound:
        todo = "Seal nothing more here before the store is mended; then run manage.py vault_selftest."
        says = f"{at}: the store does not do what the program relies on."
        return Line(name=name, standing=Standing.WRONG, says=says, todo=todo, named=failed)
    once = "keeps what is locked" if found.is_write_once else "does not keep anybody with its keys from deleting"
    says = f"{at}: all that the program relies on works. The store itself {once}."
    if found.at < timezone.now() - DAILY:
        return Line(name=name, standing=Standing.LATE, says=says, todo=NO_WORKER.format("vault"))
    todo = (
        "" if found.is_write_once else "Use a bucket with object lock, or keep a copy that this machine cannot reach."
    )
    return Line(name=name, standing=Standing.GOOD, says=says, todo=todo)


def _fixity(name: str) -> Line:
    overdue, run = overdue_count(), run_last(RunKind.FIXITY)
    oldest = _oldest_days()
    behind = (
        f" The one read longest ago was read {oldest} ago; {settings.FIXITY_DAYS} days are allowed." if oldest else ""
    )
    if overdue:
        says = (
            f"{counted(overdue, 'file was', 'files were')} not read for more than {settings.FIXITY_DAYS} days.{behind}"
        )
        todo = "Raise CONTINUITY_FIXITY_MB_PER_S. " + NO_WORKER.format("fixity")
        return Line(name=name, standing=Standing.LATE, says=says, todo=todo)
    if run is None:
        says = f"No run has ended yet.{behind}"
        return Line(name=name, standing=Standing.NOT_YET, says=says, todo=NO_WORKER.format("fixity"))
    says = (
        f"The last run ended {when(run.ended_at)}: {counted(run.objects_count, 'file', 'files')} read, "
        f"{run.trouble_count:,} not what was sealed.{behind}"
    )
    is_late = _is_late(run) and not VaultRun.objects.filter(kind=RunKind.FIXITY, ended_at=None).exists()
    if is_late:
        return Line(name=name, standing=Standing.LATE, says=says, todo=NO_WORKER.format("fixity"))
    return Line(name=name, standing=Standing.GOOD, says=says)


def _reconciliation(name: str) -> Line:
    run = run_last(RunKind.RECONCILIATION)
    if run is None:
        says = "What lies in the store has not been compared with the list yet."
        return Line(name=name, standing=Standing.NOT_YET, says=says, todo=NO_WORKER.format("fixity"))
    numbers = {kind: count for kind, count in _numbers(run).items() if kind not in _MEDDLED}
    compared = (
        f"Compared {when(run.ended_at)}: {counted(int(run.result.get('rows', 0)), 'file', 'files')} on the list, "
    )
    compared += f"{int(run.result.get('objects', 0)):,} in the store."
    if numbers:
        says = f"{compared} {counted(sum(numbers.values()), 'thing does', 'things do')} not agree."
        todo = "Run manage.py verify_vault: it says for each what to do. Delete nothing before that."
        return Line(name=name, standing=Standing.WRONG, says=says, todo=todo, named=_first(run, *numbers))
    standing = Standing.LATE if _is_late(run) else Standing.GOOD
    todo = NO_WORKER.format("fixity") if standing == Standing.LATE else ""
    return Line(name=name, standing=standing, says=f"{compared} They agree.", todo=todo)


def _meddled(name: str) -> Line:
    run = run_last(RunKind.RECONCILIATION)
    if run is None:
        return Line(name=name, standing=Standing.NOT_YET, says="The store has not been looked through yet.")
    deleted, over = (int(_numbers(run).get(kind, 0)) for kind in _MEDDLED)
    if not deleted and not over:
        says = f"Nothing was, when it was looked for {when(run.ended_at)}."
        return Line(name=name, standing=Standing.GOOD, says=says)
    says = (
        f"{counted(deleted, 'file was', 'files were')} deleted and {over:,} written over by somebody with the keys "
        "of the store. What was sealed is still there and is what everybody is given."
    )
    todo = "Change the store's keys, find out who had them, and remove the delete markers. Nothing has to be restored."
    return Line(name=name, standing=Standing.WRONG, says=says, todo=todo, named=_first(run, *_MEDDLED))


def _quarantine(name: str) -> Line:
    held = objects_quarantined()
    count = held.count()
    if not count:
        return Line(name=name, standing=Standing.GOOD, says="No file is held back.")
    named = [f"{stored.key}: {stored.get_check_result_display()}" for stored in held[:NAMED_AT_MOST]]
    says = f"{counted(count, 'file is', 'files are')} not what was sealed, or cannot be read, and nobody is given them."
    todo = "Bring each back from a replica, then release it: manage.py vault_release."
    return Line(name=name, standing=Standing.WRONG, says=says, todo=todo, named=named)


def _locks(name: str) -> Line:
    if locking_store() is None:
        says = "The store is asked for none: it cannot lock, or CONTINUITY_LOCK_MODE is off."
        return Line(name=name, standing=Standing.NOT_USED, says=says)
    unlocked, ended = objects_unlocked().count(), objects_ending(timedelta(0)).count()
    soon, very_soon = objects_ending(extend_within()).count(), objects_ending(extend_within() / 2).count()
    run = run_last(RunKind.LOCKS)
    refused = run.trouble_count if run else 0
    last = f" Last extended {when(run.ended_at)}." if run else ""
    if refused:
        says = f"The store refused to extend the locks of {counted(refused, 'file', 'files')}.{last}"
        todo = "Let the store's account read and extend retention, then run manage.py vault_lock."
        named = (
            [f"{each['key']}: {each['says']}" for each in run.result.get("first", ())[:NAMED_AT_MOST]] if run else []
        )
        return Line(name=name, standing=Standing.WRONG, says=says, todo=todo, named=named)
    if unlocked or ended:
        says = f"{counted(unlocked + ended, 'file has', 'files have')} no lock now.{last}"
        todo = NO_WORKER.format("vault") + " Or run manage.py vault_lock."
        return Line(name=name, standing=Standing.LATE, says=says, todo=todo)
    says = f"Every file is locked. {counted(soon, 'lock ends', 'locks end')} within {extend_within().days} days.{last}"
    if very_soon:
        return Line(name=name, standing=Standing.LATE, says=says, todo=NO_WORKER.format("vault"))
    return Line(name=name, standing=Standing.GOOD, says=says)


def _encryption(name: str) -> Line:
    if store_name() != "file":
        if settings.S3_ENCRYPTION:
            says = f"The store is asked to encrypt each file ({settings.S3_ENCRYPTION})."
            return Line(name=name, standing=Standing.GOOD, says=says)
        says = "The store is asked for nothing: it encrypts as its bucket is set up to."
        return Line(name=name, standing=Standing.NOT_USED, says=says)
    if not settings.VAULT_KEY_PROVIDER:
        says = "The program does not encrypt the files of the vault."
        return Line(name=name, standing=Standing.NOT_USED, says=says, todo="Encrypt the disc that they lie on.")
    plain = StoredObject.objects.filter(encryption_key_id="", destroyed_at=None).exists()
    before = " Files sealed before that was switched on are not." if plain else ""
    says = f"Each file is encrypted with a key of its own, wrapped by {settings.VAULT_KEY_PROVIDER}.{before}"
    return Line(name=name, standing=Standing.GOOD, says=says)


def _oldest_days() -> str:
    oldest = verified_longest_ago()
    return "" if oldest is None else counted((timezone.now() - oldest).days, "day", "days")


def _is_late(run: VaultRun) -> bool:
    return run.ended_at is None or run.ended_at < timezone.now() - DAILY


def _numbers(run: VaultRun) -> Mapping[str, int]:
    numbers: Mapping[str, int] = run.result.get("numbers", {})
    return numbers


def _first(run: VaultRun, *kinds: str) -> list[str]:
    first: list[dict[str, Any]] = [each for each in run.result.get("first", ()) if each["finding"] in kinds]
    return [f"{each['key']}: {each['says']}" for each in first[:NAMED_AT_MOST]]
