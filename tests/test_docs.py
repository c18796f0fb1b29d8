"""Documentation held to the code: what it names exists, what exists is named, and its examples run."""

import dataclasses
import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, URLPattern, URLResolver, resolve

from config.bootstrap.system import ROOT
from config.env import Env
from evidence.fleet.services import dock_enrol
from evidence.http.errors import AppError
from evidence.identity.roles import Role
from evidence.identity.services import token_make
from evidence.recordings.models import Kind, Recording
from evidence.sharing.models import Link
from tests import factories
from workers.exec.process import run
from workers.exec.tools import TOOL_NAMES, env_variable

DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
INTEGRATORS = DOCS / "integrators.md"
ADMINISTRATORS = DOCS / "administrators.md"
_FENCE = re.compile(r"^```(\w+)( runnable)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_IN_CODE = re.compile(r"`([^`\n]+)`")
_KINDS = {"id": str(uuid4()), "number": "1"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


pages = pytest.mark.parametrize("document", PAGES, ids=name_of)


def anchors(document: Path) -> set[str]:
    """What its headings can be linked to by, as GitHub makes them."""
    text = _FENCE.sub("", document.read_text())
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pages
def test_every_link_leads_somewhere(document):
    text = _FENCE.sub("", document.read_text())
    broken = []
    for target in re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pages
def test_every_file_that_a_page_names_is_there(document):
    first = {entry.name for entry in ROOT.iterdir() if not entry.name.startswith(".") or entry.name == ".ci"}
    named = {word for word in _IN_CODE.findall(document.read_text()) if re.fullmatch(r"\.?[\w.-]+(/[\w.-]+)+/?", word)}
    assert [word for word in sorted(named) if word.split("/")[0] in first and not (ROOT / word).exists()] == []


@pages
def test_every_command_a_page_names_exists_with_the_options_it_names(document):
    wrong = []
    for name, rest in re.findall(r"manage\.py ([a-z_]+)([^\n`|&;]*)", document.read_text()):
        if name not in get_commands():
            wrong.append(name)
            continue
        app = get_commands()[name]
        parser = (load_command_class(app, name) if isinstance(app, str) else app).create_parser("manage.py", name)
        wrong += [f"{name} {option}" for option in re.findall(r"--[a-z-]+", rest) if option not in _options(parser)]
    assert wrong == []


def _options(parser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


@pages
def test_every_make_verb_a_page_names_exists(document):
    verbs = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [*_IN_CODE.findall(document.read_text()), *(body for _, _, body in _FENCE.findall(document.read_text()))]
    named = {verb for text in code for verb in re.findall(r"(?:^|\n)make (?:[A-Z]+=\S+ )?([a-z-]+)", text)}
    assert named - verbs == set()


def variables() -> set[str]:
    """Every variable the product reads: those of `config/env.py`, the tools', and the sandbox's."""
    text = (ROOT / "config" / "env.py").read_text()
    read = {f"CONTINUITY_{name}" for name in re.findall(r'_(?:text|number|flag)\(\s*"([A-Z0-9_]+)"', text)}
    assert len(read) >= len(dataclasses.fields(Env)), "a variable is read in a way that this test does not see"
    return read | {env_variable(name) for name in TOOL_NAMES} | {"CONTINUITY_SANDBOX"}


def test_every_variable_of_an_installation_is_in_the_administrators_guide_and_no_other():
    rows = re.findall(r"^\| `(CONTINUITY_[A-Z0-9_]+)`", ADMINISTRATORS.read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(variables())


@pages
def test_no_page_names_a_variable_that_nothing_reads(document):
    named = set(re.findall(r"CONTINUITY_[A-Z0-9_]*[A-Z0-9]", document.read_text()))
    assert named - variables() - {"CONTINUITY_REAL_MEDIA"} == set()


def test_every_role_is_in_the_administrators_guide():
    text = ADMINISTRATORS.read_text()
    assert [role.value for role in Role if f"`{role.value}`" not in text] == []


def test_every_address_of_the_integrators_guide_is_on_its_site():
    lost = [(site, address) for address, sites in _addresses() for site in sites if not _resolves(address, site)]
    assert lost == []


def test_every_address_of_the_api_is_in_the_integrators_guide():
    named = {re.sub(r"<\w+>", "<>", address) for address, _ in _addresses()}
    known = {re.sub(r"<\w+>", "<>", path) for path in _paths(importlib.import_module("config.urls.force").urlpatterns)}
    api = {f"/{path}" for path in known if path.startswith(("api/v1/", "tus/v1/"))}
    assert api - named == set()


def _addresses() -> Iterator[tuple[str, list[str]]]:
    rows = re.findall(r"^\| `(/[^`]+)` \| (.*) \|$", INTEGRATORS.read_text(), re.MULTILINE)
    assert rows
    for address, words in rows:
        yield address, ["force", "docks"] if "docks too" in words else ["force"]


def _resolves(address: str, site: str) -> bool:
    path = re.sub(r"<(\w+)>", lambda match: _KINDS[match[1].rpartition("_")[2]], address)
    try:
        resolve(path, f"config.urls.{site}")
    except Resolver404:
        return False
    return True


def _paths(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + re.sub(r"<\w+:(\w+)>", r"<\1>", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, route)
        else:
            yield route


def test_every_error_code_of_the_integrators_guide_is_one_the_product_gives():
    table = INTEGRATORS.read_text().partition("## Errors")[2].partition("## All addresses")[0]
    rows = re.findall(r"^\| ([\d, ]+) \| (`.*`) \|", table, re.MULTILINE)
    assert rows
    # what a site can answer with is defined all over the modules that its addresses bring in
    for site in ("force", "docks", "share", "public"):
        importlib.import_module(f"config.urls.{site}")
    for module in ROOT.glob("evidence/*/errors.py"):
        importlib.import_module(module.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."))
    given = {f"{error.status} {error.code}" for error in _family(AppError)}
    source = "\n".join(path.read_text() for path in ROOT.glob("evidence/*/api.py"))
    unknown = [
        code
        for statuses, codes in rows
        for code in _IN_CODE.findall(codes)
        if f'"{code}"' not in source and not any(f"{status.strip()} {code}" in given for status in statuses.split(","))
    ]
    assert unknown == []


def _family(error: type[AppError]) -> Iterator[type[AppError]]:
    yield error
    for child in error.__subclasses__():
        yield from _family(child)


def test_the_readme_promises_nothing_that_no_requirement_demands():
    requirements = DOCS / "requirements.md"
    if not requirements.exists():
        pytest.skip("there is no docs/requirements.md")
    demanded = set(re.findall(r"^\| ([A-Z]+)-\d+ \|", requirements.read_text(), re.MULTILINE))
    claims = re.findall(r"^- .*(?:\n  .*)*", _section(ROOT / "README.md", "What you can do now"), re.MULTILINE)
    assert claims
    for claim in claims:
        prefixes = set(re.findall(r"<!-- ([A-Z, ]+) -->", claim))
        named = {prefix.strip() for group in prefixes for prefix in group.split(",")}
        assert named, f"names no requirement: {claim}"
        assert named <= demanded, f"no requirement of {named - demanded}: {claim}"


def _section(document: Path, title: str) -> str:
    return re.split(r"^## ", document.read_text().partition(f"## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def session(document: Path) -> str:
    """The runnable blocks of a document as one bash script; which block runs is told on standard error."""
    parts = ["set -euo pipefail"]
    for number, (language, runnable, body) in enumerate(_FENCE.findall(document.read_text()), start=1):
        if not runnable:
            continue
        parts.append(f"echo '# block {number} ({language})' >&2")
        parts.append(body if language == "sh" else f"python3 - <<'PYTHON'\n{body}PYTHON")
    return "\n".join(parts)


@pytest.mark.usefixtures("live_worker", "live_sequencer")
def test_the_integrators_guide_runs_from_top_to_bottom(live_site, tmp_path):
    for program in ("curl", "openssl", "sha256sum", "xorriso"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    team = factories.unit()
    factories.person(Role.OFFICER, team, collar_number="4312")
    for serial in ("CTY-0001", "CTY-0002"):
        factories.camera(serial)
    investigator = factories.person(Role.INVESTIGATOR, team)
    token = token_make(owner_kind="person", owner_id=investigator.id, label="docs", scopes=["upload"])
    _, dock_token = dock_enrol(name="Dock of the guide", unit=team)
    film = tmp_path / "CTY-0001_20261122_190431.mp4"
    run([sys.executable, "-m", "workers.media.scene", str(film), "--seconds", "3"], timeout_s=120)
    there = {
        "FORCE": live_site.url(), "DOCKS": live_site.url("docks"), "TOKEN": token, "DOCK_TOKEN": dock_token,
        "FILE": str(film), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        # *.localhost resolves in browsers only: asked as a proxy, the server is reached under every name
        "http_proxy": live_site.address, "no_proxy": "",
    }  # fmt: skip
    folder = tmp_path / "session"
    folder.mkdir()
    ended = subprocess.run(
        ["bash", "-c", session(INTEGRATORS)], cwd=folder, env=there, check=False, capture_output=True, text=True,
        timeout=280,
    )  # fmt: skip
    assert ended.returncode == 0, f"{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    assert "the receipt holds" in ended.stdout
    assert "Signature Verified Successfully" in ended.stdout
    assert {row.kind for row in Recording.objects.all()} == {Kind.MASTER, Kind.CLIP, Kind.STILL, Kind.REDACTION}
    assert Link.objects.get().revoked_at is not None
    assert '"code":"not-found"' in ended.stdout.replace(" ", "")
