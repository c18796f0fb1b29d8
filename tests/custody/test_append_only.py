import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from evidence.custody.errors import RecordUnguarded
from evidence.custody.guard import guard_require
from evidence.custody.models import Event, SubjectCounter
from evidence.custody.triggers import triggers_install, triggers_missing, triggers_remove
from tests.custody.conftest import note, recording, sequence
from tests.servers.live import environment

COLUMNS = ", ".join(field.column for field in Event._meta.concrete_fields if field.column != "position")
COUNTED = "subject_kind, subject_id"
TURN_INTO_UPDATE = "ON CONFLICT (uuid) DO UPDATE SET verb = 'x'"
BOTH = [
    "UPDATE custody_event SET verb = 'x'",
    "UPDATE custody_event SET body = body",
    "DELETE FROM custody_event",
    f"INSERT INTO custody_event ({COLUMNS}) SELECT {COLUMNS} FROM custody_event",
    "DELETE FROM custody_subjectcounter",
    "UPDATE custody_subjectcounter SET last = last - 1",
    "UPDATE custody_subjectcounter SET last = last",
    "UPDATE custody_subjectcounter SET last = last + 1, subject_kind = 'case'",
]
SQLITE = [
    f"REPLACE INTO custody_event (position, {COLUMNS}) SELECT position, {COLUMNS} FROM custody_event",
    f"INSERT OR REPLACE INTO custody_event ({COLUMNS}) SELECT {COLUMNS} FROM custody_event",
    f"INSERT INTO custody_event ({COLUMNS}) SELECT {COLUMNS} FROM custody_event WHERE true {TURN_INTO_UPDATE}",
    "UPDATE OR REPLACE custody_event SET position = position + 1",
    f"REPLACE INTO custody_subjectcounter (id, {COUNTED}, last) SELECT id, {COUNTED}, 0 FROM custody_subjectcounter",
    f"INSERT OR REPLACE INTO custody_subjectcounter ({COUNTED}, last) SELECT {COUNTED}, 0 FROM custody_subjectcounter",
]
POSTGRES = [
    "TRUNCATE custody_event",
    "TRUNCATE custody_event, custody_subjectcounter CASCADE",
    "TRUNCATE custody_subjectcounter",
    "SET LOCAL session_replication_role = replica; DELETE FROM custody_event",
    "SET LOCAL session_replication_role = replica; UPDATE custody_event SET verb = 'x'",
    "SET LOCAL session_replication_role = replica; TRUNCATE custody_event",
    f"INSERT INTO custody_event ({COLUMNS}) SELECT {COLUMNS} FROM custody_event {TURN_INTO_UPDATE}",
]


def statements():
    return BOTH + (POSTGRES if connection.vendor == "postgresql" else SQLITE)


def run(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_no_statement_changes_or_removes_what_was_recorded():
    subject = recording()
    note(subject, times=2, text="why")
    before = list(Event.objects.order_by("position").values())
    counters = list(SubjectCounter.objects.values())
    for statement in statements():
        with pytest.raises(DatabaseError):
            run(statement)
        assert list(Event.objects.order_by("position").values()) == before, statement
        assert list(SubjectCounter.objects.values()) == counters, statement
    note(subject)
    assert sequence(subject) == [1, 2, 3]


@pytest.mark.django_db
def test_the_refusals_are_the_triggers_own():
    note(recording())
    for statement in ("UPDATE custody_event SET verb = 'x'", "DELETE FROM custody_event"):
        with pytest.raises(DatabaseError, match="append-only"):
            run(statement)


@pytest.mark.django_db
def test_postgresql_stamps_each_event_with_its_transaction_whatever_is_given():
    subject = recording()
    note(subject, times=2)
    stamps = set(Event.objects.values_list("xid", flat=True))
    if connection.vendor == "sqlite":
        assert stamps == {None}
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        assert stamps == {cursor.fetchone()[0]}
        cursor.execute(
            f"INSERT INTO custody_event ({COLUMNS}) SELECT "
            + COLUMNS.replace("uuid", "gen_random_uuid()").replace("subject_seq", "9").replace("xid", "1")
            + " FROM custody_event WHERE subject_seq = 1"
        )
        assert set(Event.objects.values_list("xid", flat=True)) == stamps


def weakenings():
    if connection.vendor == "sqlite":
        names = [
            f"custody_{table}_{event}" for table in ("event", "counter") for event in ("update", "delete", "insert")
        ]
        yield from ((name, f"DROP TRIGGER {name}") for name in names)
        yield (
            "custody_event_delete",
            (
                "DROP TRIGGER custody_event_delete; "
                "CREATE TRIGGER custody_event_delete BEFORE DELETE ON custody_event BEGIN SELECT 1; END"
            ),
        )
        return
    tables = {"event": ("keep", "whole", "stamp"), "counter": ("keep", "whole", "rise")}
    for part, endings in tables.items():
        table = "custody_event" if part == "event" else "custody_subjectcounter"
        for ending in endings:
            name = f"custody_{part}_{ending}"
            yield name, f"DROP TRIGGER {name} ON {table}"
            yield name, f"ALTER TABLE {table} DISABLE TRIGGER {name}"
            yield name, f"ALTER TABLE {table} ENABLE TRIGGER {name}"
    harmless = "CREATE OR REPLACE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
    yield "custody_event_keep", harmless.format("custody_refuse")
    yield "custody_counter_rise", harmless.format("custody_count")
    yield (
        "custody_event_keep",
        (
            "CREATE OR REPLACE TRIGGER custody_event_keep BEFORE DELETE ON custody_event FOR EACH ROW "
            "EXECUTE FUNCTION custody_refuse(); ALTER TABLE custody_event ENABLE ALWAYS TRIGGER custody_event_keep"
        ),
    )
    yield (
        "custody_event_keep",
        (
            "CREATE OR REPLACE TRIGGER custody_event_keep BEFORE UPDATE OR DELETE ON custody_event FOR EACH ROW "
            "WHEN (OLD.position < 0) EXECUTE FUNCTION custody_refuse(); "
            "ALTER TABLE custody_event ENABLE ALWAYS TRIGGER custody_event_keep"
        ),
    )


@pytest.mark.django_db
def test_nothing_is_served_while_any_trigger_is_missing_off_or_changed():
    guard_require()

    class Back(Exception):
        pass

    def weakened(name, statement):
        with transaction.atomic():
            with connection.cursor() as cursor:
                for part in [statement] if connection.vendor == "postgresql" else _one_by_one(statement):
                    cursor.execute(part)
            with pytest.raises(RecordUnguarded, match=name):
                guard_require()
            raise Back

    for name, statement in weakenings():
        with pytest.raises(Back):
            weakened(name, statement)
        guard_require()


def _one_by_one(statement):
    """SQLite takes one statement at a time, and a trigger's text holds semicolons of its own."""
    first, separator, rest = statement.partition("; CREATE")
    return [first, f"CREATE{rest}"] if separator else [statement]


@pytest.mark.django_db(transaction=True)
def test_triggers_are_back_after_a_migration_that_remakes_the_table():
    note(recording())
    longer = models.CharField(max_length=65)
    longer.set_attributes_from_name("verb")
    field = Event._meta.get_field("verb")
    with connection.schema_editor() as editor:
        editor.alter_field(Event, field, longer, strict=True)
    if connection.vendor == "sqlite":
        assert "custody_event_delete" in triggers_missing(connection)
        with pytest.raises(RecordUnguarded):
            guard_require()
    call_command("migrate", verbosity=0, stdout=StringIO())
    guard_require()
    with pytest.raises(DatabaseError, match="append-only"):
        run("DELETE FROM custody_event")
    with connection.schema_editor() as editor:
        editor.alter_field(Event, longer, field, strict=True)
    call_command("migrate", verbosity=0, stdout=StringIO())


COMMAND = """
import django
django.setup()
from evidence.custody.parties import system
from evidence.custody.services import act
with act(actor=system("command")):
    pass
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("program", ["import config.wsgi", COMMAND], ids=["web", "command"])
def test_neither_web_process_nor_command_acts_on_an_unguarded_record(program):
    start = [sys.executable, "-c", program]
    options = {"env": {**environment(), "PYTHONPATH": "."}, "capture_output": True, "text": True}
    triggers_remove(connection)
    try:
        refused = subprocess.run(start, check=False, **options)
    finally:
        triggers_install(connection)
    assert refused.returncode != 0
    assert "RecordUnguarded" in refused.stderr
    assert "manage.py migrate" in refused.stderr
    assert subprocess.run(start, check=False, **options).returncode == 0
