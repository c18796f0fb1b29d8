"""The browser's third-party files are the ones on the list, complete with licences, small, and free of addresses."""

import hashlib
import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from evidence.http.vendor_assets import (
    LIST_PATH,
    VENDOR_ROOT,
    AssetMismatchError,
    adapt,
    assets_vendor,
    npm_pack_command,
    vendored_packages,
)

APP = VENDOR_ROOT.parent / "app"
LARGEST_BYTES = 200_000


def listed() -> dict[str, str]:
    return {file.target: file.sha256 for package in vendored_packages() for file in package.files}


def test_every_committed_file_is_the_one_on_the_list() -> None:
    for target, sha256 in listed().items():
        assert hashlib.sha256((VENDOR_ROOT / target).read_bytes()).hexdigest() == sha256, target


def test_nothing_is_vendored_that_is_not_on_the_list() -> None:
    present = {str(path.relative_to(VENDOR_ROOT)) for path in VENDOR_ROOT.rglob("*") if path.is_file()}
    assert present == set(listed()) | set(json.loads(LIST_PATH.read_text())["written_here"])


def test_every_package_comes_with_its_licence() -> None:
    for package in vendored_packages():
        folder = VENDOR_ROOT / package.files[0].target.split("/")[0]
        assert len((folder / "LICENCE.txt").read_text()) > 300, package.name


def test_no_file_is_large() -> None:
    for path in [*VENDOR_ROOT.rglob("*"), *APP.rglob("*")]:
        assert path.is_dir() or path.stat().st_size < LARGEST_BYTES, path


def test_no_style_sheet_uses_the_reserved_typeface_the_crest_or_another_server() -> None:
    for sheet in [*VENDOR_ROOT.rglob("*.css"), *APP.glob("*.css")]:
        text = sheet.read_text()
        assert "GDS Transport" not in text
        assert not re.search(r"url\([^)]*crest", text)
        assert not re.search(r"url\(['\"]?(?:https?:)?//", text)


def test_every_picture_a_style_sheet_names_is_there() -> None:
    for sheet in [*VENDOR_ROOT.rglob("*.css"), *APP.glob("*.css")]:
        for name in re.findall(r"url\(['\"]?([^)'\"]+)", sheet.read_text()):
            if not name.startswith(("data:", "#")):
                assert (sheet.parent / name).is_file(), f"{sheet.name}: {name}"


def test_every_module_a_script_imports_is_there() -> None:
    for script in APP.glob("*.mjs"):
        for name in re.findall(r"(?:from|import|new URL\()\s*\(?\"(\.[^\"]+)\"", script.read_text()):
            assert (script.parent / name).is_file(), f"{script.name}: {name}"


def test_no_script_asks_for_a_source_map_that_is_not_there() -> None:
    for script in [*VENDOR_ROOT.rglob("*.js"), *VENDOR_ROOT.rglob("*.css")]:
        assert "sourceMappingURL" not in script.read_text(), script


def test_adapting_a_style_sheet_changes_type_crest_and_addresses_only() -> None:
    sheet = (
        b"@font-face{font-family:GDS Transport;src:url(/assets/fonts/a.woff2)}"
        b"a{font-family:GDS Transport,arial,sans-serif;color:red}"
        b"b{background:url(/assets/images/govuk-crest.svg)}c{background:url(/assets/images/icon.svg)}\n"
        b"/*# sourceMappingURL=x.css.map */\n"
    )
    adapted = adapt(source="x.min.css", content=sheet).decode()
    assert adapted.startswith("a{font-family:system-ui,")
    assert "color:red}b{background:none}c{background:url(images/icon.svg)}" in adapted


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with one tarball, and a list that names it rightly."""
    content = b"export const a = 1;\n//# sourceMappingURL=a.js.map\n"
    tarball = tmp_path / "scope-thing-1.0.0.tgz"
    with tarfile.open(tarball, "w:gz") as archive:
        member = tarfile.TarInfo("package/dist/a.js")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    kept = hashlib.sha256(adapt(source="dist/a.js", content=content)).hexdigest()
    row = {
        "name": "@scope/thing", "version": "1.0.0", "licence": "MIT",
        "tarball_sha256": hashlib.sha256(tarball.read_bytes()).hexdigest(),
        "files": [{"from": "dist/a.js", "to": "thing/a.js", "sha256": kept}],
    }  # fmt: skip
    list_path = tmp_path / "list.json"
    list_path.write_text(json.dumps({"packages": [row]}))
    return tmp_path, list_path


def test_vendoring_writes_the_listed_files_without_source_map(small: tuple[Path, Path], tmp_path: Path) -> None:
    folder, list_path = small
    (written,) = assets_vendor(tarballs=folder, root=tmp_path / "vendor", list_path=list_path)
    assert written.read_text() == "export const a = 1;\n"


def test_a_tarball_that_is_not_the_listed_one_is_refused_before_anything_is_written(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, list_path = small
    (folder / "scope-thing-1.0.0.tgz").write_bytes(b"something else")
    with pytest.raises(AssetMismatchError, match=r"scope-thing-1\.0\.0\.tgz"):
        assets_vendor(tarballs=folder, root=tmp_path / "vendor", list_path=list_path)
    assert not (tmp_path / "vendor").exists()


def test_the_command_to_fetch_names_every_package_and_its_version() -> None:
    command = npm_pack_command(destination=Path("there"))
    assert command.startswith("npm pack --pack-destination there ")
    assert "govuk-frontend@6.6.0" in command
    assert all(f"{package.name}@{package.version}" in command for package in vendored_packages())


def test_production_can_give_every_file_a_hashed_name(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    manifest = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": manifest}
    call_command("collectstatic", interactive=False, verbosity=0)
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    sheet = (tmp_path / names["vendor/moj-frontend/moj-frontend.min.css"]).read_text()
    assert f"images/{Path(names['vendor/moj-frontend/images/icon-document.svg']).name}" in sheet
    assert (tmp_path / "app" / "frames.mjs").is_file(), "modules import each other by their plain names"
