"""Salvages a recording whose index is missing: finds what is there, gives it times, writes a copy, says what it took.

With a camera's profile, and where the order of pictures can be told: an MP4. Else the bare H.264 stream, if the
pictures carry their own settings; without those no decoder could show them, and nothing is made.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from workers.media import nal
from workers.media.errors import MediaError
from workers.media.index import index_build
from workers.media.probe import probe
from workers.media.progress import Progress
from workers.media.provenance import tools as media_tools
from workers.media.reports import Finding
from workers.media.salvage.bits import BadBits
from workers.media.salvage.checking import Checked, checked
from workers.media.salvage.frames_aac import SoundReader
from workers.media.salvage.order import Unordered, places_of
from workers.media.salvage.profile_model import CameraProfile
from workers.media.salvage.reports import VERSION, SalvageReport
from workers.media.salvage.walk import Found, Walk, payload_of
from workers.media.salvage.writing import Mp4, Stored, Timing, Track, fitting, stream_write
from workers.media.smart.h264 import BadUnits, ParameterSets
from workers.media.source import file_sha256
from workers.media.statement import Tool
from workers.media.streams import Rotation

USUAL_PREFIX = 4
LENDER = "another recording from the same camera"
PACE_SLACK = Fraction(1, 100)
PACE_SLACK_S = Fraction(1, 4)
"""Sound and pictures of a whole recording end up to so far apart."""
LEAST_SOUND_S = 2
FARTHEST = 2
"""Times the lent pace: what is further off is no sound of these pictures."""


class NotSalvageable(MediaError):
    """No copy can be made of it; the message says why, and what would help."""

    code = "not_salvageable"


def salvage(path: Path, out: Path, profile: CameraProfile | None) -> SalvageReport:
    """Make a copy of what is there. Raises NotSalvageable, SourceMissing, DiskFull."""
    _require_missing_index(path)
    start, end = payload_of(path)
    head = bytes.fromhex(profile.head) if profile is not None else b""
    prefix = nal.length_size(head, "h264") or USUAL_PREFIX
    sound = SoundReader(profile.sound) if profile is not None and profile.sound is not None else None
    with path.open("rb") as file:
        walk = Walk(file, start, end, prefix=prefix, sound=sound)
        try:
            lent = ParameterSets.parse(head) if head else ParameterSets((), ())
            walk.give(*lent.sps, *lent.pps)
            _walked(walk)
        except (BadBits, BadUnits) as error:
            raise NotSalvageable("The settings of the camera cannot be read.", reason=str(error)) from error
        found = walk.found
        first = found.pictures.is_refresh.find(1)
        if first < 0:
            raise _nothing(profile)
        stored = Stored(file, found.pictures, found.sounds, first=first, prefix=prefix)
        return _Making(stored, found, profile, out).report()


def _require_missing_index(path: Path) -> None:
    report = probe(path)
    if not any(finding.code == "index_missing" for finding in report.findings):
        raise NotSalvageable(
            "This is no MP4 that lost its index, so there is nothing to salvage. "
            "If it can be played, make a plain MP4 of it instead."
        )


def _walked(walk: Walk) -> None:
    progress = Progress(stage="finding", total=None)
    for _ in walk.places():
        progress.step(len(walk.found.pictures))
    progress.finish(len(walk.found.pictures))


def _nothing(profile: CameraProfile | None) -> NotSalvageable:
    if profile is None:
        return NotSalvageable(
            "The pictures of this recording do not carry their own settings. A whole recording from the same camera "
            "is needed: seal one, then try again."
        )
    return NotSalvageable(
        "No H.264 pictures were found that fit the settings of the other recording. It may be from another camera, or "
        "have been made with other settings; or this file holds something else."
    )


@dataclass
class _Making:
    """One salvage, once everything in the file was found."""

    stored: Stored
    found: Found
    profile: CameraProfile | None
    out: Path

    def report(self) -> SalvageReport:
        sets = self._sets()
        picture = fitting(self.stored, sets)
        if picture is None:
            raise _nothing(self.profile)
        places = self._places()
        if self.profile is None or places is None or self.found.has_changed_sets:
            return self._stream(sets, (picture.width, picture.height), is_unordered=places is None)
        return self._mp4(sets, self.profile, places)

    def _sets(self) -> ParameterSets:
        """Those the pictures carry, where they carry both kinds; else those lent, and what they carry instead."""
        carried = ParameterSets.of(self.found.carried.values())
        return carried if carried.sps and carried.pps else ParameterSets.of(self.found.sets.units.values())

    def _places(self) -> "array[int] | None":
        if self.found.poc_bits < 0:
            return None
        try:
            return places_of(self.found.pictures, self.stored.first, self.found.poc_bits)
        except Unordered:
            return None

    def _stream(self, sets: ParameterSets, size: tuple[int, int], *, is_unordered: bool) -> SalvageReport:
        pictures_sha256 = stream_write(self.out, self.stored, sets)
        why = "no_profile" if self.profile is None else "unordered" if is_unordered else "changing"
        report = self._told(pictures_sha256, size, rotation=0)
        return replace(
            report, form="elementary", assumed=(_STREAM_ASSUMED,), findings=(_WHY_STREAM[why], *report.findings)
        )

    def _mp4(self, sets: ParameterSets, profile: CameraProfile, places: "array[int]") -> SalvageReport:
        base = Fraction(*profile.time_base)
        track, pace, findings = self._sound(profile)
        frame = max(round(pace / base), 1) if pace is not None else profile.frame
        timing = Timing(base, frame, places)
        pictures_sha256 = Mp4(self.out, self.stored, sets, rotation=profile.rotation).write(timing, track)
        made, _ = index_build(self.out)
        if made.frame_count != self.stored.count:
            self.out.unlink()
            raise NotSalvageable(
                "What was put together does not hold every picture that was found, so it was not kept. Tell support.",
                found=self.stored.count, held=made.frame_count,
            )  # fmt: skip
        report = self._told(pictures_sha256, (profile.width, profile.height), rotation=profile.rotation)
        return replace(
            report,
            time_base=profile.time_base,
            frame=frame,
            duration_s=float(self.stored.count * frame * base),
            sound="none" if track is None else "copied",
            sound_frames=0 if track is None else track.count,
            assumed=tuple(_assumed(profile, track, is_paced=pace is not None, are_carried=self._are_carried)),
            findings=(*findings, *report.findings),
        )

    @property
    def _are_carried(self) -> bool:
        kinds = {kind for kind, _ in self.found.carried}
        return len(kinds) == 2

    def _sound(self, profile: CameraProfile) -> tuple[Track | None, Fraction | None, tuple[Finding, ...]]:
        """The sound that can be kept; the seconds a picture lasts, where the sound says better than the profile."""
        lent, count = profile.sound, self.stored.sound_count
        if lent is None:
            return None, None, (_NO_SOUND,) if self.found.unread else ()
        if not count or not self.found.is_sound_whole or self.stored.first:
            return None, None, (_SOUND_MIXED if count else _NO_SOUND,)
        sound_s = Fraction(count * lent.frame + min(lent.start, 0), lent.rate)
        pictures_s = self.stored.count * profile.frame * Fraction(*profile.time_base)
        if not pictures_s / FARTHEST <= sound_s <= pictures_s * FARTHEST:
            return None, None, (_SOUND_MIXED,)
        track = Track(lent, count)
        is_off = abs(sound_s - pictures_s) > max(PACE_SLACK * sound_s, PACE_SLACK_S)
        if not is_off or sound_s < LEAST_SOUND_S:
            return track, None, ()
        return track, sound_s / self.stored.count, ()

    def _told(self, pictures_sha256: str, size: tuple[int, int], *, rotation: Rotation) -> SalvageReport:
        found = self.found
        return SalvageReport(
            v=1,
            form="mp4",
            frames=self.stored.count,
            frames_left=self.stored.first,
            width=size[0],
            height=size[1],
            rotation=rotation,
            time_base=(1, 1),
            frame=0,
            duration_s=0.0,
            sound="none",
            sound_frames=0,
            bytes_unread=found.unread,
            bytes_cut=found.cut,
            size_bytes=self.out.stat().st_size,
            pictures_sha256=pictures_sha256,
            copy_sha256=file_sha256(self.out),
            tools=(*media_tools(), Tool(name="continuity-salvage", version=VERSION)),
            assumed=(),
            findings=tuple(_findings(found, self.stored, checked(self.out, total=self.stored.count))),
        )


def _assumed(profile: CameraProfile, track: Track | None, *, is_paced: bool, are_carried: bool) -> Iterator[Finding]:
    rate = 1 / (profile.frame * Fraction(*profile.time_base))
    if is_paced:
        yield Finding(
            code="pace_from_sound",
            sentence="The pictures are spread evenly over the length of the sound: no time of a picture was stored.",
        )
    else:
        uneven = "" if profile.is_even else ", where they follow one another unevenly: this is their mean"
        yield Finding(
            code="pace_lent",
            sentence=(
                f"Every picture is shown as long as in {LENDER} ({float(rate):.6g} a second{uneven}). "
                "No time of a picture was stored, so times within this copy may be off."
            ),
        )
    if not are_carried:
        sentence = f"The settings that the pictures are decoded with are those of {LENDER}; they fit."
        yield Finding(code="settings_lent", sentence=sentence)
    if profile.rotation:
        sentence = f"The picture is turned by {profile.rotation}° as in {LENDER}."
        yield Finding(code="rotation_lent", sentence=sentence)
    if track is not None:
        sentence = f"The sound is taken to be of the kind that {LENDER} has, and to begin beside the pictures as there."
        yield Finding(code="sound_lent", sentence=sentence)


def _findings(found: Found, stored: Stored, seen: Checked) -> Iterator[Finding]:
    yield Finding(
        code="salvaged",
        sentence="Put together from a recording that lost its index. It is a working copy; the Master is as it came.",
    )
    if seen.damaged or seen.shown != stored.count:
        whole = seen.shown - seen.damaged
        sentence = f"{whole:,} of the {stored.count:,} pictures can be decoded whole; the others are damaged."
        yield Finding(code="frames_damaged", sentence=sentence)
    if stored.first:
        sentence = f"{stored.first:,} pictures before the first that can be shown by itself are not in this copy."
        yield Finding(code="frames_left", sentence=sentence)
    if found.unread:
        sentence = (
            f"{found.unread:,} bytes between the pictures are no picture or sound that could be read, and left out."
        )
        yield Finding(code="bytes_unread", sentence=sentence)
    if found.cut:
        sentence = f"The last {found.cut:,} bytes are a picture or a sound cut short, and are not in this copy."
        yield Finding(code="end_cut", sentence=sentence)


_NO_SOUND = Finding(code="no_sound", sentence="No sound of a kind that can be told apart was found: picture only.")
_SOUND_MIXED = Finding(
    code="sound_mixed",
    sentence="The sound cannot be told apart from what else lies between the pictures, so this copy has none.",
)
_STREAM_ASSUMED = Finding(
    code="no_times",
    sentence="This is the bare stream of pictures. It holds no times: players show it at a pace of their own.",
)
_WHY_STREAM = {
    "no_profile": Finding(
        code="no_lender", sentence=f"There was no {LENDER.removeprefix('another ')} to take times and sound from."
    ),
    "unordered": Finding(
        code="unordered", sentence="The order in which the pictures are shown cannot be told from their bytes."
    ),
    "changing": Finding(code="changing", sentence="The settings of the pictures change on the way."),
}
