"""Triggers that keep the custody record append-only, for PostgreSQL and SQLite.

They stop accidents and the application, not a database administrator: only anchors outside the database expose one.
Two traps they answer: SQLite's `INSERT OR REPLACE` passes DELETE triggers silently, so a BEFORE INSERT guard refuses
an existing key; and Django's SQLite table remake drops triggers, so they are installed after every migration.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

EVENT = "custody_event"
COUNTER = "custody_subjectcounter"
REFUSAL = "the custody record is append-only"

_POSTGRES = f"""
CREATE OR REPLACE FUNCTION custody_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$;
CREATE OR REPLACE FUNCTION custody_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.xid := pg_current_xact_id()::text::bigint; RETURN NEW; END $$;
CREATE OR REPLACE FUNCTION custody_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.last <= OLD.last OR NEW.subject_kind <> OLD.subject_kind OR NEW.subject_id <> OLD.subject_id THEN
    RAISE EXCEPTION '{REFUSAL}';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER custody_event_keep BEFORE UPDATE OR DELETE ON {EVENT}
  FOR EACH ROW EXECUTE FUNCTION custody_refuse();
CREATE OR REPLACE TRIGGER custody_event_whole BEFORE TRUNCATE ON {EVENT}
  FOR EACH STATEMENT EXECUTE FUNCTION custody_refuse();
CREATE OR REPLACE TRIGGER custody_event_stamp BEFORE INSERT ON {EVENT}
  FOR EACH ROW EXECUTE FUNCTION custody_stamp();
CREATE OR REPLACE TRIGGER custody_counter_keep BEFORE DELETE ON {COUNTER}
  FOR EACH ROW EXECUTE FUNCTION custody_refuse();
CREATE OR REPLACE TRIGGER custody_counter_whole BEFORE TRUNCATE ON {COUNTER}
  FOR EACH STATEMENT EXECUTE FUNCTION custody_refuse();
CREATE OR REPLACE TRIGGER custody_counter_rise BEFORE UPDATE ON {COUNTER}
  FOR EACH ROW EXECUTE FUNCTION custody_count();
ALTER TABLE {EVENT} ENABLE ALWAYS TRIGGER custody_event_keep;
ALTER TABLE {EVENT} ENABLE ALWAYS TRIGGER custody_event_whole;
ALTER TABLE {EVENT} ENABLE ALWAYS TRIGGER custody_event_stamp;
ALTER TABLE {COUNTER} ENABLE ALWAYS TRIGGER custody_counter_keep;
ALTER TABLE {COUNTER} ENABLE ALWAYS TRIGGER custody_counter_whole;
ALTER TABLE {COUNTER} ENABLE ALWAYS TRIGGER custody_counter_rise;
"""
_SQLITE = {
    "custody_event_update": f"BEFORE UPDATE ON {EVENT} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    "custody_event_delete": f"BEFORE DELETE ON {EVENT} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    "custody_event_insert": (
        f"BEFORE INSERT ON {EVENT} WHEN EXISTS (SELECT 1 FROM {EVENT} WHERE position = NEW.position "  # noqa: S608
        f"OR uuid = NEW.uuid OR (subject_kind = NEW.subject_kind AND subject_id = NEW.subject_id "
        f"AND subject_seq = NEW.subject_seq)) BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    ),
    "custody_counter_update": (
        f"BEFORE UPDATE ON {COUNTER} WHEN NEW.last <= OLD.last OR NEW.subject_kind <> OLD.subject_kind "
        f"OR NEW.subject_id <> OLD.subject_id BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    ),
    "custody_counter_delete": f"BEFORE DELETE ON {COUNTER} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
}
_POSTGRES_NAMES = (
    "custody_event_keep", "custody_event_whole", "custody_event_stamp",
    "custody_counter_keep", "custody_counter_whole", "custody_counter_rise",
)  # fmt: skip


def triggers_install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place; safe to repeat."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES)
            return
        for name, text in _SQLITE.items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(f"CREATE TRIGGER {name} {text}")


def triggers_missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of triggers that are not there, are switched off, or (SQLite) say something else than ours."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A' AND tgrelid IN (to_regclass(%s), to_regclass(%s))",
                [EVENT, COUNTER],
            )
            present = {row[0] for row in cursor.fetchall()}
            return [name for name in _POSTGRES_NAMES if name not in present]
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        stored = dict(cursor.fetchall())
    return [name for name, text in _SQLITE.items() if not stored.get(name, "").endswith(text)]


def triggers_remove(connection: BaseDatabaseWrapper) -> None:
    """Take them away: for a test database that is being emptied, and for nothing else."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in _POSTGRES_NAMES:
                table = EVENT if name.startswith("custody_event") else COUNTER
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            return
        for name in _SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
