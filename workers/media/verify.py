"""Proves from two files and a statement which frames of a copy are the Master's, bit for bit.

Nothing is decoded and nothing is taken on trust: the coded pictures of both files are hashed, held against each other
and against the statement, and so are the parameter sets they are decoded with, and the times at which they are shown.
Any difference is an error that names it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

from workers.media.errors import BadRequest, MediaError
from workers.media.index import Indexed, index_read
from workers.media.reports import FrameRun, VerifyReport
from workers.media.smart.coding import Coding, NotSmart, coding_of
from workers.media.smart.h264 import BadUnits, ParameterSets
from workers.media.smart.reader import CodedReader
from workers.media.source import Packets, file_sha256, open_source
from workers.media.statement import StatedPart, Statement, statement_kept, statement_sha256


class OtherFile(MediaError):
    """One of the files is not the one that the statement is about."""

    code = "other_file"


class FramesDiffer(MediaError):
    """Frames that are stated to be the Master's are not; the message names them."""

    code = "frames_differ"


class SoundDiffers(MediaError):
    """The sound is stated to be the Master's and is not."""

    code = "sound_differs"


class SettingsDiffer(MediaError):
    """The copy decodes the Master's pictures with other parameter sets than the Master does."""

    code = "settings_differ"


class StatementWrong(MediaError):
    """The statement contradicts itself or the copy: it does not tell all frames once, or not as many as there are."""

    code = "statement_wrong"


@dataclass(frozen=True)
class _Film:
    """One file's pictures, ready to be hashed by decoding rank."""

    path: Path
    coding: Coding
    base: Fraction
    stream: int

    @classmethod
    def of(cls, path: Path, read: Indexed) -> "_Film":
        return cls(path, coding_of(read), read.index.time_base, read.index.stream)

    @property
    def sets(self) -> frozenset[str]:
        """Hashes of all its parameter sets."""
        return frozenset(ParameterSets.parse(self.coding.extradata, sorted(self.coding.in_band)).hashes)

    def times(self, first: int, start: int, frames: int) -> "tuple[Fraction, list[int]]":
        """When `frames` frames from the `start`-th after `first` on are shown, in ticks after `first`; the tick."""
        shown = self.coding.shown
        return self.base, [at - shown[first] for at in shown[first + start : first + start + frames]]


def verify(master: Path, copy: Path, statement_path: Path) -> VerifyReport:
    """Prove it. Raises the family above, BadRequest for what is no statement, and what reading the files raises."""
    statement = _statement(statement_path)
    source = _source_of(master, statement)
    parts = [part for part in statement.parts if part.source == source]
    copied = [part for part in parts if part.way == "copied"]
    if statement.parts:
        found = _films(master, copy, statement)
        _hold_sets(*found, statement, source, has_copied=bool(copied))
        _hold_frames(*found, copied)
    sound = _hold_sound(master, copy, statement) if len(statement.sources) == 1 else "not compared"
    if file_sha256(copy) != statement.copy_sha256:
        raise OtherFile(
            "The frames that are stated to be the Master's are, but this is not the file that the statement was made "
            "for: something else in it was changed."
        )
    identical = sum(part.frames for part in copied)
    return VerifyReport(
        v=1,
        statement_sha256=statement_sha256(statement),
        frames=statement.frames,
        frames_identical=identical,
        frames_encoded=sum(part.frames for part in parts) - identical,
        frames_of_other_files=statement.frames - sum(part.frames for part in parts),
        identical=tuple(_run(part) for part in copied),
        encoded=tuple(_run(part) for part in parts if part.way == "encoded"),
        sound=sound,
    )


def _run(part: StatedPart) -> FrameRun:
    return FrameRun(first=part.out_first, last=part.out_first + part.frames - 1, master_first=part.source_first)


def _statement(path: Path) -> Statement:
    try:
        obj = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadRequest("There is no statement to read here.", name=path.name[:100]) from error
    return statement_kept(obj)


def _source_of(master: Path, statement: Statement) -> int:
    digest = file_sha256(master)
    for number, source in enumerate(statement.sources):
        if source.sha256 == digest:
            return number
    raise OtherFile("The first file is none that the statement names: its hash differs.", sha256=digest)


def _films(master: Path, copy: Path, statement: Statement) -> tuple[_Film, _Film]:
    found = _Film.of(master, index_read(master)), _Film.of(copy, index_read(copy))
    at = 0
    for part in statement.parts:
        if part.out_first != at or part.frames < 1:
            raise StatementWrong("The statement does not tell every frame of the copy once.", frame=at)
        if part.way == "copied" and sum(group.frames for group in part.groups) != part.frames:
            raise StatementWrong("The statement's hashes do not cover the frames they are for.", frame=at)
        at += part.frames
    there = len(found[1].coding.shown)
    if at != statement.frames or at != there:
        raise StatementWrong(f"The statement tells {at} frames; the copy has {there}.", frames=there)
    return found


def _hold_sets(master: _Film, copy: _Film, statement: Statement, source: int, *, has_copied: bool) -> None:
    if not has_copied:
        return
    stated = {name for row in statement.parameter_sets if row.source == source for name in row.sha256}
    try:
        is_same = master.sets == stated and copy.sets >= stated
    except BadUnits as error:
        raise SettingsDiffer("The parameter sets of one of the files cannot be read.", reason=str(error)) from error
    if not is_same:
        raise SettingsDiffer(
            "The copy does not decode the Master's pictures as the Master does: parameter sets differ."
        )


def _hold_frames(master: _Film, copy: _Film, parts: list[StatedPart]) -> None:
    wrong: list[tuple[int, int]] = []
    with (
        CodedReader(master.path, master.coding, master.stream) as one,
        CodedReader(copy.path, copy.coding, copy.stream) as other,
    ):
        for part in parts:
            for start, frames, stated in _groups(part):
                theirs = _hash(one, master, part.source_first + start, frames)
                mine = _hash(other, copy, part.out_first + start, frames)
                on_time = master.times(part.source_first, start, frames), copy.times(part.out_first, start, frames)
                if not (mine == theirs == stated and is_same_time(*on_time)):
                    wrong.append((part.out_first + start, part.out_first + start + frames - 1))
    if wrong:
        told = ", ".join(f"{first} to {last}" for first, last in wrong[:20])
        raise FramesDiffer(
            f"Frames {told} of the copy are stated to be the Master's, bit for bit, and are not.", groups=len(wrong)
        )


def is_same_time(one: tuple[Fraction, list[int]], other: tuple[Fraction, list[int]]) -> bool:
    """Whether two lists of ticks are the same times, exactly."""
    (base, ticks), (other_base, others) = one, other
    by, other_by = base.numerator * other_base.denominator, other_base.numerator * base.denominator
    return [tick * by for tick in ticks] == [tick * other_by for tick in others]


def _groups(part: StatedPart) -> Iterator[tuple[int, int, str]]:
    start = 0
    for group in part.groups:
        yield start, group.frames, group.sha256
        start += group.frames


def _hash(reader: CodedReader, film: _Film, first: int, frames: int) -> str | None:
    """None where the pictures cannot be read so: they are not those."""
    digest = sha256()
    if first + frames > len(film.coding.pts):
        return None
    try:
        for packet in reader.between(first, first + frames):
            digest.update(reader.coded(packet).picture)
    except NotSmart:
        return None
    return digest.hexdigest()


def _hold_sound(master: Path, copy: Path, statement: Statement) -> str:
    if statement.sound_sha256 is None:
        return statement.sound
    stated = statement.sound_sha256
    if _sound_hashes(copy) != [stated] or stated not in _sound_hashes(master):
        raise SoundDiffers("The sound of the copy is stated to be the Master's, packet for packet, and is not.")
    return "identical"


def _sound_hashes(path: Path) -> list[str]:
    """Of each sound in a file, over the payloads of its packets."""
    with open_source(path) as container:
        streams = container.streams.audio
        digests = {stream.index: sha256() for stream in streams}
        for packet in Packets(container, *streams) if streams else ():
            digests[packet.stream.index].update(memoryview(packet))
    return [digest.hexdigest() for digest in digests.values()]
