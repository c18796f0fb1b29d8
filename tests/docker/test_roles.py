"""The program's account of the database can write the custody record and cannot weaken it.

As compose does it: roles.sh makes the accounts, the owner migrates, grants.sql is run. Then the program's account is
put to the test, on a database of its own.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from psycopg import sql

from config.bootstrap.system import ROOT
from tests.servers.live import environment
from workers.exec.process import run

DOCKER = ROOT / "docker"
ACCOUNTS = ("continuity_owner", "continuity_app", "continuity_sequencer")
WRITES_AN_EVENT = """
import uuid, django
django.setup()
from evidence.custody.guard import guard_require
from evidence.custody.parties import Subject, system
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.jobs.services import job_enqueue
guard_require()
subject = Subject(kind="recording", id=uuid.uuid4())
for _ in range(2):
    with act(actor=system("Test")) as deed:
        deed.record(Verb.NOTE_ADDED, subject, rule="own")
        job_enqueue(kind="mail.send", key=str(uuid.uuid4()), actor=system("Test"), subject=subject)
"""
REFUSED = (
    "UPDATE custody_event SET verb = 'x'",
    "DELETE FROM custody_event",
    "TRUNCATE custody_event",
    "UPDATE custody_commitment SET text = 'x'",
    "DELETE FROM custody_commitment",
    "TRUNCATE custody_commitment",
    "UPDATE custody_erasure SET reference = 'x'",
    "DELETE FROM custody_erasure",
    "INSERT INTO custody_cluster (identifier, begins_after, at) VALUES ('', 0, now())",
    "DELETE FROM custody_subjectcounter",
    "UPDATE custody_subjectcounter SET last = last - 1",
    "TRUNCATE custody_subjectcounter",
    "DROP TRIGGER custody_event_keep ON custody_event",
    "DROP TRIGGER custody_event_whole ON custody_event",
    "ALTER TABLE custody_event DISABLE TRIGGER custody_event_keep",
    "ALTER TABLE custody_event DISABLE TRIGGER ALL",
    "ALTER TABLE custody_event RENAME TO custody_event_before",
    "DROP TABLE custody_event",
    "CREATE OR REPLACE FUNCTION custody_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TABLE public.custody_event_other (id int)",
    "SET session_replication_role = replica",
    "SET ROLE continuity_owner",
    "DELETE FROM django_migrations",
    "INSERT INTO custody_leaf VALUES (99, 99)",
    "UPDATE custody_tile SET hashes = hashes",
    "DELETE FROM custody_tile",
    "INSERT INTO custody_treehead (size, root, at, note) VALUES (1, '', now(), '')",
)
REFUSED_TO_THE_SEQUENCER = (
    "INSERT INTO custody_subjectcounter (subject_kind, subject_id, last) VALUES ('x', gen_random_uuid(), 1)",
    "UPDATE custody_event SET verb = 'x'",
    "DELETE FROM custody_leaf",
    "UPDATE custody_treehead SET size = 1",
    "UPDATE custody_tile SET hashes = '\\x00'",
    "SELECT text FROM custody_commitment",
    "INSERT INTO custody_cluster (identifier, begins_after, at) VALUES ('', 0, now())",
    "SELECT * FROM identity_person",
    "ALTER TABLE custody_leaf DISABLE TRIGGER ALL",
)


@contextmanager
def _database(server: str, name: str) -> Iterator[None]:
    """A database that is there for the length of the block; the two accounts go with it."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as super_user:
        super_user.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield
        finally:
            super_user.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for account in ACCOUNTS:
                super_user.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(account)))


@pytest.mark.shape
def test_programs_account_writes_events_and_can_neither_change_them_nor_take_the_triggers_away(shape, tmp_path):
    if shape == "embedded":
        return  # SQLite has no accounts
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed: run `make setup-test`, which says how to get it.")
    parts = urlsplit(os.environ["CONTINUITY_DATABASE_URL"])
    server, name = f"postgres://{parts.netloc}", f"{parts.path.lstrip('/')}_roles"
    where = {"PGHOST": str(parts.hostname), "PGPORT": str(parts.port), "PATH": os.environ["PATH"]}
    given = {
        "POSTGRES_OWNER_PASSWORD": "o'1",
        "POSTGRES_APP_PASSWORD": "a'1",
        "POSTGRES_SEQUENCER_PASSWORD": "s'1",
    }  # the server of the tests asks for none
    owner, app, sequencer = (f"postgres://{account}@{parts.hostname}:{parts.port}/{name}" for account in ACCOUNTS)
    with _database(server, name):
        for _ in range(2):
            roles = ["sh", str(DOCKER / "roles.sh")]
            env = {**where, **given, "POSTGRES_USER": str(parts.username), "POSTGRES_DB": name}
            run(roles, timeout_s=30, env=env, cwd=ROOT)
        migrate = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"]
        run(migrate, timeout_s=120, cwd=ROOT, env={**environment(), "CONTINUITY_DATABASE_URL": owner})
        for _ in range(2):
            run(_grants(name), timeout_s=30, env=where, cwd=ROOT)
        env = {**environment(), "CONTINUITY_DATABASE_URL": app}
        run([sys.executable, "-c", WRITES_AN_EVENT], timeout_s=60, cwd=ROOT, env=env)
        env = {
            **environment(),
            "CONTINUITY_DATABASE_URL": sequencer,
            "CONTINUITY_LOG_KEY_FILE": str(tmp_path / "l.pem"),
        }
        signed = run([sys.executable, "manage.py", "sequencer", "--once"], timeout_s=60, cwd=ROOT, env=env)
        assert signed.stdout.startswith(b"2 events placed, signed a checkpoint over 2")
        with psycopg.connect(sequencer, autocommit=True) as connection:
            _all_refused(connection, REFUSED_TO_THE_SEQUENCER)
        with psycopg.connect(app, autocommit=True) as connection:
            _all_refused(connection, REFUSED)
            # PostgreSQL only warns of this one
            connection.execute("GRANT UPDATE, DELETE ON custody_event TO continuity_app")
            assert connection.execute("SELECT has_table_privilege('custody_event', 'UPDATE, DELETE')").fetchone() == (
                False,
            )
            assert connection.execute("SELECT count(*) FROM custody_event").fetchone() == (2,)
            assert connection.execute("DELETE FROM jobs_job").rowcount == 2


def _all_refused(connection: psycopg.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(statement)
        assert isinstance(refused.value, psycopg.errors.InsufficientPrivilege | psycopg.errors.RaiseException), (
            statement
        )


def _grants(database: str) -> list[str]:
    """What the `grants` service runs, with the file and the database of the test."""
    command = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]["grants"]["command"]
    kept = [word for word in command if not word.startswith(("--host", "--file", "--dbname"))]
    return [*kept, "--no-psqlrc", f"--dbname={database}", f"--file={DOCKER / 'grants.sql'}"]
