"""Puts the parts of a render together into one film, and proves that each arrived whole and in its place.

A part is held against its tally (who it is, how many pictures, the hash over them) while it is read; what was written
is read back and held against the same, picture by picture and time by time. Whatever does not hold leaves no file.
"""

from array import array
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Self

from workers.media.encode import Mp4Writer
from workers.media.errors import NoFrames
from workers.media.made import Made, Planned, follows
from workers.media.parted.making import THREADS
from workers.media.parted.packets import PartDamaged, PartTally, pictures_read, tally_read
from workers.media.parted.plan import Share, shares_full, shares_smart
from workers.media.progress import Progress
from workers.media.provenance import picture_settings
from workers.media.recipe import recipe_sha256
from workers.media.rendering import NOTHING, Rendering
from workers.media.smart.h264 import LENGTH_BYTES, BadUnits, coded
from workers.media.smart.joining import EncodedPieces, Joining, Ready
from workers.media.smart.plan import Piece, Plan
from workers.media.smart.stretch import Encoded
from workers.media.source import open_source

STAGE = "joining"


@dataclass
class FullJoining(Rendering):
    """A render that encodes every frame, from its parts."""

    part_paths: Sequence[Path] = ()
    part_frames: int = 0
    _times: "array[int]" = field(default_factory=lambda: array("q"))
    _ends: list[int] = field(default_factory=list)
    _hashes: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """What the encoders were told, and how long a part is: the result depends on it."""
        found = picture_settings(self.form, threads=THREADS)
        return found | {"h264.part_frames": str(self.part_frames)}

    def _run(self) -> None:
        self.form = self.whole_form()
        shares = shares_full(self.line, self.inputs, self.part_frames)
        if len(shares) != len(self.part_paths):
            raise _no_part()
        for segment in self.line.segments:
            count = self.inputs[segment.source].frames_in(segment.start, segment.end)
            self.made.append(Made(Planned(segment, "encode", self.because), count))
        progress = Progress(stage=STAGE, total=sum(share.frames for share in shares))
        with Mp4Writer(self.out, self.form, self.sound, threads=THREADS) as writer:
            sets = writer.begin().hex()
            for share, path in zip(shares, self.part_paths, strict=True):
                tally = tally_of(path, self, share, sets)
                self._append(writer, share, tally, path)
                progress.step(writer.frames_written)
        if not writer.frames_written:
            raise NoFrames(NOTHING)
        progress.finish(writer.frames_written)
        self.peak_bits_s = writer.peak.most_bits_s
        prove(self.out, self._times, self.line.time_base, self._placed(), self._hashes)

    def _append(self, writer: Mp4Writer, share: Share, tally: PartTally, path: Path) -> None:
        first, digest = writer.frames_written, sha256()
        for picture in pictures_read(path):
            stretch = share.stretches[picture.piece] if picture.piece < len(share.stretches) else None
            is_placed = stretch is not None and stretch.out_start <= picture.pts < stretch.out_end
            if not is_placed or picture.duration <= 0 or (self._times and picture.pts <= self._times[-1]):
                raise _no_part()
            digest.update(_slices(picture.content, None))
            self._times.append(picture.pts)
            writer.put(picture.content, pts=picture.pts, duration=picture.duration, is_key=picture.is_key)
        _hold(tally, writer.frames_written - first, digest.hexdigest())
        self.x264_build = self.x264_build or tally.x264_build
        self._ends.append(writer.frames_written)
        self._hashes.append(tally.pictures_sha256)
        self._tell(share, tally, first)

    def _tell(self, share: Share, tally: PartTally, first: int) -> None:
        """What became of a part's frames, added to what the statement says of its segments."""
        for row in tally.pieces:
            made = self.made[share.stretches[row.number].number]
            made.encoded += row.encoded
            made.covered += row.covered
            made.damaged += row.damaged
            made.first_pts = row.first_pts if made.first_pts is None else made.first_pts
            made.last_pts = row.last_pts if row.last_pts is not None else made.last_pts
        for at, run in enumerate(tally.runs):
            last = self.parts[-1] if self.parts else None
            is_same = at == 0 and share.number > 0 and last is not None and follows(last, run.source, run.source_first)
            if is_same and last is not None and self._goes_on(share):
                self.parts[-1] = replace(last, frames=last.frames + run.frames)
            else:
                self.parts.append(replace(run, out_first=first + run.out_first))

    def _goes_on(self, share: Share) -> bool:
        """Whether a part begins within the segment that the one before it ended in."""
        stretch = share.stretches[0]
        return stretch.start != self.line.segments[stretch.number].start

    def _placed(self) -> Iterator[tuple[int, int]]:
        at = 0
        for number, end in enumerate(self._ends):
            yield number, end - at
            at = end


@dataclass
class SmartJoining(Joining):
    """A smart render whose encoded pieces come from parts; byte for byte what one process makes."""

    part_paths: Sequence[Path] = ()
    part_frames: int = 0
    _shares: tuple[Share, ...] = ()
    _hashes: list[str] = field(default_factory=list)
    _plan: Plan | None = None

    def _run(self, stack: ExitStack) -> None:
        super()._run(stack)
        if self._plan is None:
            raise _no_part()
        times = array("q", (pts for piece in self._plan.pieces for pts in self._stored_order(piece)))
        prove(self.out, times, self.line.time_base, self._placed(self._plan), self._hashes)

    def _encoded(self, ready: Ready) -> EncodedPieces:
        self._plan, self._shares = ready.plan, shares_smart(ready.plan, self.part_frames)
        if len(self._shares) != len(self.part_paths):
            raise _no_part()
        tallies = [
            tally_of(path, self, share, ready.encoder_head)
            for share, path in zip(self._shares, self.part_paths, strict=True)
        ]
        self._hashes = [tally.pictures_sha256 for tally in tallies]
        return FromParts(self._shares, tallies, self.part_paths)

    def _stored_order(self, piece: Piece) -> Iterator[int]:
        """The times of a piece's pictures in the order they are stored."""
        coding = self._coding(piece.segment.source)
        stored = coding.pts if piece.way == "copied" else coding.shown
        return (self._out_pts(piece, stored[at]) for at in range(piece.first, piece.end))

    def _placed(self, plan: Plan) -> Iterator[tuple[int | None, int]]:
        owners = iter([share.number for share in self._shares for _ in share.pieces])
        for piece in plan.pieces:
            yield (None if piece.way == "copied" else next(owners)), piece.frames


class FromParts:
    """The encoded pieces of a plan out of part files; its face is `EncodedPieces`."""

    def __init__(self, shares: Sequence[Share], tallies: Sequence[PartTally], paths: Sequence[Path]) -> None:
        self._pieces = self._all(shares, tallies, paths)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pieces.close()

    def is_ready(self) -> bool:
        """It was made before."""
        return True

    def next(self) -> Encoded:
        """The next encoded piece. Raises PartDamaged."""
        found = next(self._pieces, None)
        if found is None:
            raise _no_part()
        return found

    def _all(
        self, shares: Sequence[Share], tallies: Sequence[PartTally], paths: Sequence[Path]
    ) -> Generator[Encoded, None, None]:
        for share, tally, path in zip(shares, tallies, paths, strict=True):
            pictures, digest, count = pictures_read(path), sha256(), 0
            for number, piece in enumerate(share.pieces):
                taken = [next(pictures, None) for _ in range(piece.frames)]
                mine = [(row.pts, row.content, row.is_key) for row in taken if row is not None and row.piece == number]
                if len(mine) != piece.frames:
                    raise _no_part()
                for _, content, _ in mine:
                    digest.update(content)
                count += len(mine)
                told = tally.pieces[number] if number < len(tally.pieces) else None
                if told is None:
                    raise _no_part()
                yield Encoded(tuple(mine), told.covered, told.damaged, tally.x264_build)
            if next(pictures, None) is not None:
                raise _no_part()
            _hold(tally, count, digest.hexdigest())


def tally_of(path: Path, work: "FullJoining | SmartJoining", share: Share, sets: str) -> PartTally:
    """A part's tally, if it is the part that belongs here. Raises PartDamaged, DamagedReport."""
    tally, way = tally_read(path), "full" if isinstance(work, FullJoining) else "smart"
    told = (tally.way, tally.recipe_sha256, tally.number, tally.of, tally.part_frames)
    if told != (way, recipe_sha256(work.recipe), share.number, share.of, work.part_frames):
        raise _no_part()
    if tally.frames and tally.sets != sets:
        raise PartDamaged("The parts of this copy were made with different encoders. Have all workers run one version.")
    if way == "full" and any(row.number >= len(share.stretches) for row in tally.pieces):
        raise _no_part()
    return tally


def prove(
    out: Path, times: Sequence[int], base: Fraction, placed: Iterator[tuple[int | None, int]], hashes: Sequence[str]
) -> None:
    """Read a film back: as many pictures as were written, each at its time, and those of each part as it made them.

    `placed`: runs of pictures in the order stored, by part; None for those that no part made. Raises PartDamaged.
    """
    digests = [sha256() for _ in hashes]
    owners = (owner for owner, count in placed for _ in range(count))
    count, first = 0, 0
    with open_source(out) as container:
        stream = container.streams.video[0]
        ticks = (stream.time_base or base) / base
        for packet in container.demux(stream):
            if not packet.size:
                continue
            pts = packet.pts or 0
            first = pts if count == 0 else first
            if count >= len(times) or (pts - first) * ticks != times[count] - times[0]:
                raise _not_proved(count)
            owner = next(owners)
            if owner is not None:
                digests[owner].update(_slices(bytes(packet), LENGTH_BYTES))
            count += 1
    if count != len(times) or [digest.hexdigest() for digest in digests] != list(hashes):
        raise _not_proved(count)


def _slices(content: bytes, prefix: int | None) -> bytes:
    try:
        return coded(memoryview(content), prefix).picture
    except BadUnits as error:
        raise _no_part() from error


def _hold(tally: PartTally, frames: int, pictures_sha256: str) -> None:
    if (tally.frames, tally.pictures_sha256) != (frames, pictures_sha256):
        raise _no_part()


def _no_part() -> PartDamaged:
    return PartDamaged("A part of this copy is not what was ordered, so nothing was put together.")


def _not_proved(count: int) -> PartDamaged:
    return PartDamaged("What was put together is not what the parts hold, so it was not kept.", frame=count)
