"""Small readers for plain JSON that note every problem instead of stopping at the first.

A reader takes (value, pointer, problems) and returns a typed value, or notes a problem and raises Unreadable; `part`
and `listed` catch that, go on with the neighbours, and raise once at their end. Nothing here knows what a recipe is.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

from workers.media.canonical import MAX_INTEGER, pointer_join
from workers.media.recipe_model import Problem

T = TypeVar("T")
Read = Callable[[object, str, list[Problem]], T]


class Unreadable(Exception):
    """The problem is noted already; the part that it lies in cannot be built."""


def fail(problems: list[Problem], pointer: str, code: str, detail: str) -> Unreadable:
    """Note one problem; raise what this returns."""
    problems.append(Problem(pointer=pointer, code=code, detail=detail))
    return Unreadable()


def where(pointer: str) -> str:
    """The place in words."""
    return f"'{pointer}'" if pointer else "The recipe"


def integer(low: int = -MAX_INTEGER, high: int = MAX_INTEGER) -> Read[int]:
    """A whole number within [low, high]; true and false are none."""

    def read(value: object, pointer: str, problems: list[Problem]) -> int:
        if type(value) is not int:
            raise fail(problems, pointer, "not_an_integer", f"{where(pointer)} must be a whole number.")
        if not low <= value <= high:
            detail = f"{where(pointer)} is {value}; it must be from {low} to {high}."
            raise fail(problems, pointer, "out_of_bounds", detail)
        return value

    return read


def text(pattern: re.Pattern[str], meaning: str) -> Read[str]:
    """A string that `pattern` matches wholly; `meaning` completes 'must be ...'."""

    def read(value: object, pointer: str, problems: list[Problem]) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise fail(problems, pointer, "not_understood", f"{where(pointer)} must be {meaning}.")
        return value

    return read


def choice(words: object) -> Read[str]:
    """One word of a Literal type."""
    allowed = get_args(words)

    def read(value: object, pointer: str, problems: list[Problem]) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise fail(problems, pointer, "not_a_choice", f"{where(pointer)} must be one of: {', '.join(allowed)}.")
        return value

    return read


def truth(value: object, pointer: str, problems: list[Problem]) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise fail(problems, pointer, "not_true_or_false", f"{where(pointer)} must be true or false.")
    return value


def optional(read: Read[T]) -> Read[T | None]:
    """Null, or what `read` reads."""
    return lambda value, pointer, problems: None if value is None else read(value, pointer, problems)


def listed(read: Read[T]) -> Read[tuple[T, ...]]:
    """A list of any length."""

    def read_all(value: object, pointer: str, problems: list[Problem]) -> tuple[T, ...]:
        if not isinstance(value, list | tuple):
            raise fail(problems, pointer, "not_a_list", f"{where(pointer)} must be a list.")
        before = len(problems)
        found = [_attempt(read, item, pointer_join(pointer, at), problems) for at, item in enumerate(value)]
        if len(problems) > before:
            raise Unreadable
        return tuple(item for item in found if item is not None)

    return read_all


def numbers(*readers: Read[int]) -> Read[tuple[int, ...]]:
    """A list of exactly as many whole numbers as there are readers."""

    def read(value: object, pointer: str, problems: list[Problem]) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or len(value) != len(readers):
            detail = f"{where(pointer)} must be a list of {len(readers)} whole numbers."
            raise fail(problems, pointer, "wrong_length", detail)
        pairs = enumerate(zip(readers, value, strict=True))
        return tuple(each(item, pointer_join(pointer, at), problems) for at, (each, item) in pairs)

    return read


def part(make: Callable[..., T], readers: Mapping[str, Read[Any]]) -> Read[T]:
    """An object with exactly these members, given to `make` by name."""

    def read(value: object, pointer: str, problems: list[Problem]) -> T:
        if not isinstance(value, Mapping):
            detail = f"{where(pointer)} must be an object with the parts {', '.join(readers)}."
            raise fail(problems, pointer, "not_an_object", detail)
        before = len(problems)
        _names(value, pointer, problems, known=readers)
        found = {
            name: _attempt(each, value[name], pointer_join(pointer, name), problems)
            for name, each in readers.items()
            if name in value
        }
        if len(problems) > before:
            raise Unreadable
        return make(**found)

    return read


def _names(value: Mapping[Any, object], pointer: str, problems: list[Problem], *, known: Mapping[str, object]) -> None:
    for name in value:
        if name not in known:
            detail = f"'{name}' is not known in {where(pointer)}. Take it out."
            problems.append(Problem(pointer=pointer_join(pointer, str(name)), code="unknown_key", detail=detail))
    for name in known:
        if name not in value:
            detail = f"{where(pointer)} has no '{name}'. Add it."
            problems.append(Problem(pointer=pointer_join(pointer, name), code="missing", detail=detail))


def _attempt(read: Read[T], value: object, pointer: str, problems: list[Problem]) -> T | None:
    try:
        return read(value, pointer, problems)
    except Unreadable:
        return None
