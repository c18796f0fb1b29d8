"""Which detectors are used: those that come with the product, by name, and those of a configuration file.

The file is JSON: `{"v": 1, "detectors": [...]}`, each one of
`{"use": "faces"}`, `{"use": "faces-quick"}`, `{"use": "faces-far"}`, `{"use": "plates"}`,
`{"use": "onnx", "file": "/in/model.onnx", "name", "version", "licence", "kind", ...}` (see `OnnxOptions`), or
`{"use": "python", "factory": "package.module:name"}`: called without arguments, it gives a `Detector`. The package must
be installed with the product; its file is what the hash is taken of, whatever it says of itself.
"""

import hashlib
import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args

from workers.media.detect.asking import CONFIG_VERSION, config_rows
from workers.media.detect.centerface import CenterFace
from workers.media.detect.detectors import Detector, Guarded, Identity
from workers.media.detect.errors import DetectorMissing, DetectorRefused
from workers.media.detect.onnx_plugin import OnnxDetector, OnnxOptions
from workers.media.detect.plates import Plates
from workers.media.recipe_model import TrackKind

OWN: Mapping[str, Callable[[], Detector]] = {
    "faces": CenterFace,
    "faces-quick": partial(CenterFace, longest_px=640),
    "faces-far": partial(CenterFace, longest_px=1280),
    "plates": Plates,
}
"""The same detector on smaller and larger pictures: of 720p it finds faces from about 20, 14 and 10 pixels up."""
DEFAULT = ("faces",)
MOST = 8


def detectors_open(names: Sequence[str] = (), config: Path | None = None) -> tuple[Guarded, ...]:
    """The detectors, ready; faces where nothing is chosen. Raises DetectorMissing, DetectorRefused."""
    rows: list[Mapping[str, Any]] = [{"use": name} for name in names]
    if config is not None:
        rows += _configured(config)
    if not rows:
        rows = [{"use": name} for name in DEFAULT]
    if len(rows) > MOST:
        raise DetectorRefused(f"{len(rows)} detectors were chosen; at most {MOST} can look at once.")
    opened = tuple(Guarded(_opened(row)) for row in rows)
    names_used = [detector.identity.found_by for detector in opened]
    if len(set(names_used)) != len(names_used):
        raise DetectorRefused("A detector was chosen twice. Choose each once.")
    return opened


def _configured(path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        return config_rows(path.read_bytes())
    except OSError as error:
        raise DetectorRefused(
            f"The configuration of detectors cannot be read; it must be JSON of version {CONFIG_VERSION}.",
            name=path.name[:100],
        ) from error


def _opened(row: Mapping[str, Any]) -> Detector:
    use = row["use"]
    if use in OWN:
        return OWN[use]()
    if use == "onnx":
        return _onnx(row)
    if use == "python":
        return _python(str(row.get("factory", "")))
    raise DetectorMissing(f"There is no detector '{str(use)[:64]}'. There are: {', '.join([*OWN, 'onnx', 'python'])}.")


def _onnx(row: Mapping[str, Any]) -> Detector:
    known = {field.name: field for field in fields(OnnxOptions)}
    given = {name: value for name, value in row.items() if name not in {"use", "file"}}
    lacking = [name for name, field in known.items() if field.default is MISSING and name not in given]
    if set(given) - set(known) or lacking or not isinstance(row.get("file"), str):
        raise DetectorRefused(
            f"An ONNX detector is configured by file, {', '.join(known)}; all but the last four are needed."
        )
    numbers = {"highest", "longest_px", "spawn", "keep"}
    is_number = {name: isinstance(value, int | float) and not isinstance(value, bool) for name, value in given.items()}
    if any(is_number[name] != (name in numbers) for name in given) or given["kind"] not in get_args(TrackKind):
        kinds = ", ".join(get_args(TrackKind))
        raise DetectorRefused(f"An ONNX detector's kind is one of: {kinds}; its rates are numbers.")
    return OnnxDetector(Path(row["file"]), OnnxOptions(**given))


def _python(factory: str) -> Detector:
    """Whatever goes wrong in somebody else's module is told as theirs."""
    module_name, _, name = factory.partition(":")
    try:
        module = importlib.import_module(module_name)
        made = getattr(module, name)()
        said: Identity = made.identity
        digest = hashlib.sha256(Path(str(module.__file__)).read_bytes()).hexdigest()
        stated = replace(said, sha256=digest)
    except Exception as error:
        raise DetectorRefused(
            f"The detector '{factory[:100]}' cannot be used. Is its package installed here?",
            reason=f"{type(error).__name__}: {error}"[:200],
        ) from error
    made.identity = stated
    return cast(Detector, made)
