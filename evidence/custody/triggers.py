"""Triggers that keep the custody record append-only, for PostgreSQL and SQLite.

Texts behind commitments may be deleted one by one, and only where a row of the erasures says under what authority.
They stop accidents and the application, not a database administrator: only anchors outside the database expose one.
Two traps they answer: SQLite's `INSERT OR REPLACE` passes DELETE triggers silently, so a BEFORE INSERT guard refuses
an existing key; and Django's SQLite table remake drops triggers, so they are installed after every migration.
"""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

EVENT = "custody_event"
COUNTER = "custody_subjectcounter"
LEAF, TILE, HEAD = "custody_leaf", "custody_tile", "custody_treehead"
KEY, ANCHOR = "custody_logkey", "custody_anchor"
TEXT, ERASURE, CLUSTER = "custody_commitment", "custody_erasure", "custody_cluster"
REFUSAL = "the custody record is append-only"

_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 4, 8, 16, 32
"""Bits of PostgreSQL's `pg_trigger.tgtype`."""


@dataclass(frozen=True, slots=True)
class _Trigger:
    """A PostgreSQL trigger: where, when (`tgtype` without BEFORE), and which of our functions."""

    table: str
    on: int
    calls: str

    @property
    def when(self) -> str:
        """The trigger's clause: `UPDATE OR DELETE`."""
        words = {_INSERT: "INSERT", _DELETE: "DELETE", _UPDATE: "UPDATE", _TRUNCATE: "TRUNCATE"}
        return " OR ".join(word for bit, word in words.items() if self.on & bit)


_FUNCTIONS = {
    "custody_refuse": f" BEGIN RAISE EXCEPTION '{REFUSAL}'; END ",
    "custody_stamp": " BEGIN NEW.xid := pg_current_xact_id()::text::bigint; RETURN NEW; END ",
    "custody_count": (
        " BEGIN IF NEW.last <= OLD.last OR NEW.subject_kind <> OLD.subject_kind OR NEW.subject_id <> OLD.subject_id "
        f"THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN NEW; END "
    ),
    "custody_grow": (
        " BEGIN IF NEW.level <> OLD.level OR NEW.number <> OLD.number OR length(NEW.hashes) <= length(OLD.hashes) "
        "OR substring(NEW.hashes FOR length(OLD.hashes)) <> OLD.hashes "
        f"THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN NEW; END "
    ),
    # with the schema: a temporary table of that name would be found first
    "custody_erase": (
        f" BEGIN IF NOT EXISTS (SELECT FROM public.{ERASURE} WHERE event = OLD.event AND field = OLD.field) "
        f"THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN OLD; END "
    ),
}
_POSTGRES = {
    "custody_event_keep": _Trigger(EVENT, _ROW | _UPDATE | _DELETE, "custody_refuse"),
    "custody_event_whole": _Trigger(EVENT, _TRUNCATE, "custody_refuse"),
    "custody_event_stamp": _Trigger(EVENT, _ROW | _INSERT, "custody_stamp"),
    "custody_counter_keep": _Trigger(COUNTER, _ROW | _DELETE, "custody_refuse"),
    "custody_counter_whole": _Trigger(COUNTER, _TRUNCATE, "custody_refuse"),
    "custody_counter_rise": _Trigger(COUNTER, _ROW | _UPDATE, "custody_count"),
    "custody_leaf_keep": _Trigger(LEAF, _ROW | _UPDATE | _DELETE, "custody_refuse"),
    "custody_leaf_whole": _Trigger(LEAF, _TRUNCATE, "custody_refuse"),
    "custody_tile_keep": _Trigger(TILE, _ROW | _DELETE, "custody_refuse"),
    "custody_tile_whole": _Trigger(TILE, _TRUNCATE, "custody_refuse"),
    "custody_tile_grow": _Trigger(TILE, _ROW | _UPDATE, "custody_grow"),
    "custody_head_keep": _Trigger(HEAD, _ROW | _UPDATE | _DELETE, "custody_refuse"),
    "custody_head_whole": _Trigger(HEAD, _TRUNCATE, "custody_refuse"),
    "custody_key_keep": _Trigger(KEY, _ROW | _UPDATE | _DELETE, "custody_refuse"),
    "custody_key_whole": _Trigger(KEY, _TRUNCATE, "custody_refuse"),
    "custody_anchor_keep": _Trigger(ANCHOR, _ROW | _UPDATE | _DELETE, "custody_refuse"),
    "custody_anchor_whole": _Trigger(ANCHOR, _TRUNCATE, "custody_refuse"),
    "custody_text_keep": _Trigger(TEXT, _ROW | _UPDATE, "custody_refuse"),
    "custody_text_whole": _Trigger(TEXT, _TRUNCATE, "custody_refuse"),
    "custody_text_erase": _Trigger(TEXT, _ROW | _DELETE, "custody_erase"),
    "custody_erasure_keep": _Trigger(ERASURE, _ROW | _UPDATE | _DELETE, "custody_refuse"),
    "custody_erasure_whole": _Trigger(ERASURE, _TRUNCATE, "custody_refuse"),
    "custody_cluster_keep": _Trigger(CLUSTER, _ROW | _UPDATE | _DELETE, "custody_refuse"),
    "custody_cluster_whole": _Trigger(CLUSTER, _TRUNCATE, "custody_refuse"),
}
_SQLITE_REFUSE = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
_SQLITE = {
    "custody_event_update": f"BEFORE UPDATE ON {EVENT} {_SQLITE_REFUSE}",
    "custody_event_delete": f"BEFORE DELETE ON {EVENT} {_SQLITE_REFUSE}",
    "custody_event_insert": (
        f"BEFORE INSERT ON {EVENT} WHEN EXISTS (SELECT 1 FROM {EVENT} WHERE position = NEW.position "  # noqa: S608
        f"OR uuid = NEW.uuid OR (subject_kind = NEW.subject_kind AND subject_id = NEW.subject_id "
        f"AND subject_seq = NEW.subject_seq)) {_SQLITE_REFUSE}"
    ),
    "custody_counter_update": (
        f"BEFORE UPDATE ON {COUNTER} WHEN NEW.last <= OLD.last OR NEW.subject_kind <> OLD.subject_kind "
        f"OR NEW.subject_id <> OLD.subject_id {_SQLITE_REFUSE}"
    ),
    "custody_counter_delete": f"BEFORE DELETE ON {COUNTER} {_SQLITE_REFUSE}",
    "custody_counter_insert": (
        f"BEFORE INSERT ON {COUNTER} WHEN EXISTS (SELECT 1 FROM {COUNTER} WHERE id = NEW.id "  # noqa: S608
        f"OR (subject_kind = NEW.subject_kind AND subject_id = NEW.subject_id)) {_SQLITE_REFUSE}"
    ),
    "custody_leaf_update": f"BEFORE UPDATE ON {LEAF} {_SQLITE_REFUSE}",
    "custody_leaf_delete": f"BEFORE DELETE ON {LEAF} {_SQLITE_REFUSE}",
    "custody_leaf_insert": (
        f'BEFORE INSERT ON {LEAF} WHEN EXISTS (SELECT 1 FROM {LEAF} WHERE "index" = NEW."index" '  # noqa: S608
        f"OR position = NEW.position) {_SQLITE_REFUSE}"
    ),
    "custody_tile_delete": f"BEFORE DELETE ON {TILE} {_SQLITE_REFUSE}",
    "custody_tile_update": (
        f"BEFORE UPDATE ON {TILE} WHEN NEW.level <> OLD.level OR NEW.number <> OLD.number "
        f"OR length(NEW.hashes) <= length(OLD.hashes) "
        f"OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes {_SQLITE_REFUSE}"
    ),
    "custody_tile_insert": (
        f"BEFORE INSERT ON {TILE} WHEN EXISTS (SELECT 1 FROM {TILE} WHERE id = NEW.id "  # noqa: S608
        f"OR (level = NEW.level AND number = NEW.number)) {_SQLITE_REFUSE}"
    ),
    "custody_head_update": f"BEFORE UPDATE ON {HEAD} {_SQLITE_REFUSE}",
    "custody_head_delete": f"BEFORE DELETE ON {HEAD} {_SQLITE_REFUSE}",
    "custody_head_insert": (
        f"BEFORE INSERT ON {HEAD} WHEN EXISTS (SELECT 1 FROM {HEAD} WHERE id = NEW.id) {_SQLITE_REFUSE}"  # noqa: S608
    ),
    "custody_key_update": f"BEFORE UPDATE ON {KEY} {_SQLITE_REFUSE}",
    "custody_key_delete": f"BEFORE DELETE ON {KEY} {_SQLITE_REFUSE}",
    "custody_anchor_update": f"BEFORE UPDATE ON {ANCHOR} {_SQLITE_REFUSE}",
    "custody_anchor_delete": f"BEFORE DELETE ON {ANCHOR} {_SQLITE_REFUSE}",
    "custody_anchor_insert": (
        f"BEFORE INSERT ON {ANCHOR} WHEN EXISTS (SELECT 1 FROM {ANCHOR} WHERE id = NEW.id "  # noqa: S608
        f"OR (head_id = NEW.head_id AND kind = NEW.kind AND name = NEW.name)) {_SQLITE_REFUSE}"
    ),
    "custody_key_insert": (
        f"BEFORE INSERT ON {KEY} WHEN EXISTS (SELECT 1 FROM {KEY} WHERE verifier = NEW.verifier) "  # noqa: S608
        f"{_SQLITE_REFUSE}"
    ),
    "custody_text_update": f"BEFORE UPDATE ON {TEXT} {_SQLITE_REFUSE}",
    "custody_text_delete": (
        f"BEFORE DELETE ON {TEXT} WHEN NOT EXISTS (SELECT 1 FROM {ERASURE} WHERE event = OLD.event "  # noqa: S608
        f"AND field = OLD.field) {_SQLITE_REFUSE}"
    ),
    "custody_text_insert": (
        f"BEFORE INSERT ON {TEXT} WHEN EXISTS (SELECT 1 FROM {TEXT} WHERE id = NEW.id "  # noqa: S608
        f"OR (event = NEW.event AND field = NEW.field)) {_SQLITE_REFUSE}"
    ),
    "custody_erasure_update": f"BEFORE UPDATE ON {ERASURE} {_SQLITE_REFUSE}",
    "custody_erasure_delete": f"BEFORE DELETE ON {ERASURE} {_SQLITE_REFUSE}",
    "custody_erasure_insert": (
        f"BEFORE INSERT ON {ERASURE} WHEN EXISTS (SELECT 1 FROM {ERASURE} WHERE id = NEW.id "  # noqa: S608
        f"OR (event = NEW.event AND field = NEW.field)) {_SQLITE_REFUSE}"
    ),
    "custody_cluster_update": f"BEFORE UPDATE ON {CLUSTER} {_SQLITE_REFUSE}",
    "custody_cluster_delete": f"BEFORE DELETE ON {CLUSTER} {_SQLITE_REFUSE}",
    "custody_cluster_insert": (
        f"BEFORE INSERT ON {CLUSTER} WHEN EXISTS (SELECT 1 FROM {CLUSTER} WHERE id = NEW.id) "  # noqa: S608
        f"{_SQLITE_REFUSE}"
    ),
}
TABLES = (EVENT, COUNTER, LEAF, TILE, HEAD, KEY, ANCHOR, TEXT, ERASURE, CLUSTER)


def triggers_install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place; safe to repeat."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _postgres_install(cursor)
            return
        for name, text in _SQLITE.items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(f"CREATE TRIGGER {name} {text}")


def _postgres_install(cursor: CursorWrapper) -> None:
    for name, text in _FUNCTIONS.items():
        cursor.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${text}$$")
    for name, trigger in _POSTGRES.items():
        level = "ROW" if trigger.on & _ROW else "STATEMENT"
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {trigger.when} ON {trigger.table} "
            f"FOR EACH {level} EXECUTE FUNCTION {trigger.calls}()"
        )
        # ALWAYS: `session_replication_role = replica` passes an ordinary trigger
        cursor.execute(f"ALTER TABLE {trigger.table} ENABLE ALWAYS TRIGGER {name}")


def triggers_missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of triggers that are not there, are switched off, or say something else than ours."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _postgres_missing(cursor)
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        stored = dict(cursor.fetchall())
    return [name for name, text in _SQLITE.items() if stored.get(name) != f"CREATE TRIGGER {name} {text}"]


def _postgres_missing(cursor: CursorWrapper) -> list[str]:
    cursor.execute(
        "SELECT t.tgname, t.tgrelid::regclass::text, t.tgtype, p.proname, p.prosrc "
        "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE t.tgenabled = 'A' AND t.tgqual IS NULL AND cardinality(t.tgattr::int2[]) = 0 "
        "AND t.tgrelid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) name)",
        [list(TABLES)],
    )
    stored = {name: tuple(rest) for name, *rest in cursor.fetchall()}
    return [
        name
        for name, trigger in _POSTGRES.items()
        if stored.get(name) != (trigger.table, trigger.on | _BEFORE, trigger.calls, _FUNCTIONS[trigger.calls])
    ]


def triggers_remove(connection: BaseDatabaseWrapper) -> None:
    """Take them away: for a test database that is being emptied, and for nothing else."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, trigger in _POSTGRES.items():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {trigger.table}")
            return
        for name in _SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
