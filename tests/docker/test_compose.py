"""The second shape's compose file, image and proxy agree with the product's settings, queues and command lines.

No container engine is needed: the files are read, the settings are loaded with the environment that compose would give.
"""

import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings

from config.bootstrap import tools
from config.bootstrap.system import ROOT
from evidence.jobs.kinds import KINDS
from workers.exec.process import run

DOCKER = ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("continuity:")}
WORKERS = {name: service for name, service in OURS.items() if name.startswith("worker-")}
INTERPOLATED = re.compile(r"\$\{(\w+):\?[^}]*\}")


def known_variables() -> set[str]:
    """What `config/env.py` reads."""
    source = (ROOT / "config" / "env.py").read_text()
    return {f"CONTINUITY_{name}" for name in re.findall(r'_(?:text|number|flag)\("(\w+)"', source)}


def filled(value: str) -> str:
    """The value as compose passes it on once the operator has written `.env`."""
    return INTERPOLATED.sub(lambda match: f"sample-{match.group(1).lower().replace('_', '-')}-value", value)


def options(argv: list[str]) -> set[str]:
    return {word.split("=", 1)[0] for word in argv if word.startswith("--")}


def said(argv: list[str]) -> str:
    return run(
        [sys.executable, "-m", *argv], timeout_s=60, cwd=ROOT, env={"CONTINUITY_DATA": str(settings.DATA_DIR)}
    ).stdout.decode()


@pytest.mark.parametrize("name", OURS)
def test_every_variable_set_is_one_the_product_reads(name):
    variables = {key for key in OURS[name]["environment"] if key.startswith("CONTINUITY_")}
    assert variables
    assert variables <= known_variables()


def test_settings_load_in_production_with_what_compose_gives(tmp_path):
    given = {key: filled(value) for key, value in OURS["web"]["environment"].items()}
    given |= {"CONTINUITY_MAIL_URL": "smtps://user:password@mail.example"}
    given |= {"CONTINUITY_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    program = (
        "from django.conf import settings as s; print(s.IS_PRODUCTION, s.DATABASES['default']['HOST'], s.VAULT_URL)"
    )
    result = run([sys.executable, "-c", program], timeout_s=60, cwd=ROOT, env=given)
    assert result.stdout.decode().split() == ["True", "postgres", "s3://continuity"]


def test_each_queue_has_one_worker_pool_and_no_pool_has_none():
    queues = [
        word.removeprefix("--queues=")
        for service in WORKERS.values()
        for word in service["command"]
        if "--queues" in word
    ]
    assert sorted(queues) == sorted(settings.JOB_QUEUES)


def option(service: str, name: str) -> int:
    """The value of `--name=value` on a service's command line."""
    (value,) = [word.partition("=")[2] for word in SERVICES[service]["command"] if word.startswith(f"--{name}=")]
    return int(value)


def test_database_takes_as_many_connections_as_all_threads_together_may_need():
    per_request, per_job, per_worker = 2, 3, 1  # an upload's row is kept alive beside it; a job beats, and its intent
    spare = 20  # the superuser's own, the clock, migrations, a backup, a person who looks
    requests = sum(option(name, "workers") * option(name, "threads") for name in ("web", "ingest"))
    jobs = sum(option(name, "concurrency") for name in WORKERS)
    needed = per_request * requests + per_job * jobs + per_worker * len(WORKERS) + spare
    (told,) = [word for word in SERVICES["postgres"]["command"] if word.startswith("max_connections=")]
    assert needed <= int(told.partition("=")[2])
    assert f"= {needed - spare}" in (DOCKER / "compose.yaml").read_text(), "the words count otherwise"


def test_key_that_signs_receipts_reaches_the_service_that_seals_and_no_other():
    having = [name for name, service in SERVICES.items() if "receipt-key" in service.get("secrets", [])]
    told = [name for name, service in OURS.items() if "CONTINUITY_RECEIPT_KEY_FILE" in service["environment"]]
    queue = KINDS["ingest.commit"].queue
    assert having == told == [name for name, service in WORKERS.items() if f"--queues={queue}" in service["command"]]
    account = re.search(r"useradd .*--uid (\d+)", (DOCKER / "Dockerfile").read_text())
    assert account
    assert f"chown {account.group(1)}:{account.group(1)}" in (DOCKER / "compose.yaml").read_text()


def test_key_that_signs_the_record_reaches_the_sequencer_and_no_other():
    having = [name for name, service in OURS.items() if "/var/lib/continuity/log" in str(service.get("volumes"))]
    told = [name for name, service in OURS.items() if "CONTINUITY_LOG_KEY_FILE" in service["environment"]]
    assert having == told == ["sequencer"]


def test_program_connects_as_an_account_that_owns_nothing_and_only_migrations_as_the_owner():
    accounts = {
        name: urlsplit(filled(service["environment"]["CONTINUITY_DATABASE_URL"])).username
        for name, service in OURS.items()
    }
    assert accounts.pop("migrate") == "continuity_owner"
    assert accounts.pop("sequencer") == "continuity_sequencer"
    assert set(accounts.values()) == {"continuity_app"}
    for name in accounts:
        assert "grants" in SERVICES[name]["depends_on"], "it may not be allowed anything yet"
        shared = {"POSTGRES_PASSWORD", "POSTGRES_OWNER_PASSWORD"}
        assert not any(word in str(SERVICES[name]["environment"]) for word in shared)


def test_worker_of_the_sweeps_has_a_place_to_keep_for_them():
    (service,) = [name for name, one in WORKERS.items() if f"--queues={settings.JOB_SWEEP_QUEUE}" in one["command"]]
    assert option(service, "concurrency") > 1


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_a_pinned_image_and_a_health_check_or_ends_by_itself(name):
    service = SERVICES[name]
    image, _, tag = service["image"].partition(":")
    assert image
    assert tag
    assert tag != "latest"
    assert service.get("healthcheck") or service["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_process_of_ours_has_a_command_that_exists_with_options_it_knows(name):
    command = OURS[name]["command"]
    if command[0] == "sh":
        commands = re.findall(r"manage\.py (\w+)", command[-1])
        assert commands
        assert all(one in said(["manage", "help", "--commands"]).split() for one in commands)
    elif command[0] == "gunicorn":
        assert options(command) <= set(re.findall(r"--[\w-]+", said(["gunicorn", "--help"])))
    else:
        assert command[:3] == ["celery", "--app", "config"]
        asked = options(command) - {"--app"}
        assert asked <= set(re.findall(r"--[\w-]+", said(["celery", "--app", "config", command[3], "--help"])))


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_the_operator_and_only_what_waits_for_something_that_exists_starts(name):
    service = SERVICES[name]
    for key, value in service.get("environment", {}).items():
        is_secret = re.search(r"PASSWORD|SECRET|ACCESS_KEY", key) or re.search(r"://[^/]*:[^/]*@", str(value))
        assert not is_secret or INTERPOLATED.search(str(value)), f"{key} has a fixed value"
    for other, condition in service.get("depends_on", {}).items():
        is_one_shot = SERVICES[other]["restart"] == "no"
        assert condition["condition"] == ("service_completed_successfully" if is_one_shot else "service_healthy")


def test_operators_example_lists_every_variable_that_compose_asks_for_and_holds_no_value():
    lines = [line for line in (DOCKER / "env.example").read_text().splitlines() if not line.startswith("#")]
    asked = set(INTERPOLATED.findall((DOCKER / "compose.yaml").read_text()))
    assert {line.removesuffix("=") for line in lines} == asked


def test_proxy_streams_uploads_and_names_only_services_that_exist():
    conf = (DOCKER / "nginx.conf").read_text()
    assert "proxy_request_buffering off;" in conf
    assert "client_max_body_size 0;" in conf
    deployments = set(re.findall(r"^\s+\S+ (\w+);$", conf.split("map ")[1].split("}")[0], re.MULTILINE))
    assert deployments == {"web", "ingest"}
    assert deployments <= SERVICES.keys()


def test_proxy_configuration_is_one_nginx_accepts(tmp_path):
    nginx = tools.find(tools.tool_named("nginx"))
    if nginx is None:
        pytest.skip("nginx is not installed: run `make setup-test`, which says how to get it.")
    subject = [
        "-subj",
        "/CN=continuity",
        "-keyout",
        str(tmp_path / "continuity.key"),
        "-out",
        str(tmp_path / "continuity.crt"),
    ]
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject], timeout_s=60)
    conf = (DOCKER / "nginx.conf").read_text().replace("/etc/nginx/tls", str(tmp_path)).replace("user nginx;", "")
    (tmp_path / "nginx.conf").write_text(conf.replace("/run/nginx.pid", str(tmp_path / "nginx.pid")))
    result = run([str(nginx), "-t", "-c", str(tmp_path / "nginx.conf")], timeout_s=30, ok=(0, 1))
    assert result.returncode == 0, result.stderr_tail


def test_image_runs_as_a_user_of_its_own_and_installs_from_the_locks_only():
    dockerfile = (DOCKER / "Dockerfile").read_text()
    assert re.search(r"^FROM \S+:\d\S*$", dockerfile, re.MULTILINE)
    users = re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)
    assert users
    assert users[-1] != "root"
    installs = re.findall(r"pip3? install (.+)", dockerfile)
    assert all("--require-hashes -r requirements/" in words for words in installs), installs
    sources = re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE)
    assert sources
    assert all(Path(ROOT, source).exists() for line in sources for source in line.split())
