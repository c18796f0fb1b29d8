"""The browser's third-party files: which npm packages they come from, and what is changed on the way in.

`vendor_assets.json` lists each package with its version and the SHA-256 of its tarball and of every file as it is
committed under `static/vendor/`. Nothing here talks to a network: a person fetches the tarballs with `npm pack`
(`npm_pack_command` says how) and the files are taken out of those. The newcomer's trap: the two style sheets are not
byte for byte the packages' own, for the GDS Transport typeface and the royal crest may be used on GOV.UK only.
"""

import hashlib
import json
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIST_PATH = Path(__file__).with_name("vendor_assets.json")
VENDOR_ROOT = Path(__file__).with_name("static") / "vendor"
SYSTEM_FONTS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif'

_FONT_FACE = re.compile(r"@font-face\{[^}]*GDS Transport[^}]*\}")
_FONT_FAMILY = re.compile(r'"?GDS Transport"?,arial,sans-serif')
_CREST = re.compile(r"url\(/assets/images/govuk-crest\.svg\)")
_SOURCE_MAP = re.compile(r"\s*(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$")


class AssetMismatchError(Exception):
    """A tarball or a committed file is not the one on the list; the message names it and says what to do."""


@dataclass(frozen=True, kw_only=True)
class VendoredFile:
    """One file of a package: `source` inside the tarball, `target` under `static/vendor/`, `sha256` as committed."""

    source: str
    target: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class VendoredPackage:
    """One npm package at one version; `tarball_sha256` is of the file that `npm pack` leaves."""

    name: str
    version: str
    licence: str
    tarball_sha256: str
    files: tuple[VendoredFile, ...]

    @property
    def tarball_name(self) -> str:
        """The file name `npm pack` gives this package's tarball."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def vendored_packages(*, list_path: Path = LIST_PATH) -> tuple[VendoredPackage, ...]:
    """Read the list."""
    return tuple(_package_from(row) for row in json.loads(list_path.read_text())["packages"])


def npm_pack_command(*, destination: Path) -> str:
    """The shell command that leaves every tarball of the list in `destination`."""
    specs = " ".join(f"{package.name}@{package.version}" for package in vendored_packages())
    return f"npm pack --pack-destination {destination} {specs}"


def assets_vendor(*, tarballs: Path, root: Path = VENDOR_ROOT, list_path: Path = LIST_PATH) -> list[Path]:
    """Write every listed file under `root` from the tarballs in the folder `tarballs`; return the paths written.

    Raises AssetMismatchError when a tarball or an adapted file is not the one on the list, before anything is written.
    """
    contents: dict[Path, bytes] = {}
    for package in vendored_packages(list_path=list_path):
        tarball = tarballs / package.tarball_name
        _insist(tarball.read_bytes(), expected=package.tarball_sha256, name=tarball.name)
        with tarfile.open(tarball) as archive:
            for file in package.files:
                adapted = adapt(source=file.source, content=_member(archive, file.source))
                _insist(adapted, expected=file.sha256, name=file.target)
                contents[root / file.target] = adapted
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sorted(contents)


def adapt(*, source: str, content: bytes) -> bytes:
    """What is committed for a package's file: no source map reference; style sheets with system fonts and no crest.

    `/assets/images/` becomes relative, so that the style sheet works under any static address and its pictures get
    hashed names.
    """
    if source.endswith(".css"):
        text = _FONT_FACE.sub("", content.decode())
        text = _CREST.sub("none", _FONT_FAMILY.sub(SYSTEM_FONTS, text))
        return _SOURCE_MAP.sub("\n", text.replace("url(/assets/images/", "url(images/")).encode()
    if source.endswith(".js"):
        return _SOURCE_MAP.sub("\n", content.decode()).encode()
    return content


def _package_from(row: dict[str, Any]) -> VendoredPackage:
    return VendoredPackage(
        name=row["name"],
        version=row["version"],
        licence=row["licence"],
        tarball_sha256=row["tarball_sha256"],
        files=tuple(VendoredFile(source=f["from"], target=f["to"], sha256=f["sha256"]) for f in row["files"]),
    )


def _member(archive: tarfile.TarFile, source: str) -> bytes:
    member = archive.extractfile(f"package/{source}")
    if member is None:
        raise AssetMismatchError(f"{source} is not a file in its package; correct {LIST_PATH.name}.")
    return member.read()


def _insist(content: bytes, *, expected: str, name: str) -> None:
    actual = hashlib.sha256(content).hexdigest()
    if actual != expected:
        raise AssetMismatchError(
            f"{name} has SHA-256 {actual}, and the list says {expected}. "
            f"If the version was raised on purpose, read what changed and write the new figure into {LIST_PATH.name}."
        )
