"""Strict reading of JSON into frozen dataclasses, for reports that come out of the sandbox.

Hostile media may own the process that wrote the report, so nothing is taken on trust: types, literals and lengths are
checked, unknown keys refused. Writing is ``to_obj``; both ends share the dataclass as the schema.
"""

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from workers.media.errors import DamagedReport

T = TypeVar("T")

MAX_TEXT = 4096
MAX_ITEMS = 20_000


def to_obj(value: Any) -> Any:
    """A dataclass as plain JSON values: tuples become lists, nothing else changes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_obj(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [to_obj(item) for item in value]
    return value


def from_obj(kind: type[T], obj: object) -> T:
    """Read ``obj`` (parsed JSON) as ``kind``; raises DamagedReport naming the place that does not fit."""
    read: T = _read(kind, obj, kind.__name__)
    return read


def _refuse(where: str, wanted: object) -> DamagedReport:
    return DamagedReport(f"The report is damaged at {where}: expected {wanted}. Run the step again.", where=where)


def _read(kind: Any, obj: object, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, obj, where)
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return _read_optional(kind, obj, where)
    if origin is Literal:
        if obj not in get_args(kind) or isinstance(obj, bool):
            raise _refuse(where, get_args(kind))
        return obj
    if origin is tuple:
        return _read_tuple(get_args(kind), obj, where)
    return _read_scalar(kind, obj, where)


def _read_dataclass(kind: Any, obj: object, where: str) -> Any:
    if not isinstance(obj, Mapping):
        raise _refuse(where, "an object")
    hints = get_type_hints(kind)
    names = {f.name for f in dataclasses.fields(kind)}
    if set(obj) != names:
        raise _refuse(where, f"the keys {sorted(names)}")
    return kind(**{name: _read(hints[name], obj[name], f"{where}.{name}") for name in names})


def _read_optional(kind: Any, obj: object, where: str) -> Any:
    if obj is None and type(None) in get_args(kind):
        return None
    (inner,) = (arg for arg in get_args(kind) if arg is not type(None))
    return _read(inner, obj, where)


def _read_tuple(args: tuple[Any, ...], obj: object, where: str) -> tuple[Any, ...]:
    if not isinstance(obj, list) or len(obj) > MAX_ITEMS:
        raise _refuse(where, f"a list of at most {MAX_ITEMS}")
    if args[-1] is Ellipsis:
        return tuple(_read(args[0], item, f"{where}[{i}]") for i, item in enumerate(obj))
    if len(obj) != len(args):
        raise _refuse(where, f"{len(args)} items")
    return tuple(_read(arg, item, f"{where}[{i}]") for i, (arg, item) in enumerate(zip(args, obj, strict=True)))


def _read_scalar(kind: Any, obj: object, where: str) -> Any:
    if kind is float and isinstance(obj, int | float) and not isinstance(obj, bool):
        return float(obj)
    if type(obj) is not kind or (isinstance(obj, str) and len(obj) > MAX_TEXT):
        raise _refuse(where, getattr(kind, "__name__", kind))
    return obj
