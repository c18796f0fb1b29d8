"""What the sandbox said of a file, and how a working copy was made, as rows that people read. Only wording lives here.

Everything shown came out of hostile bytes or of our own statement: text to show, escaped like any other, never a fact
that anything decides by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence.http.templatetags.words import duration
from evidence.recordings.models import Recording, RecordingFile
from evidence.recordings.queries import files_of
from evidence.recordings.subjects import ORIGINAL_ROLES

Rows = list[tuple[str, str]]
INTEGRITY = {
    "whole": "Whole", "truncated": "The end is missing", "damaged": "Damaged", "empty": "Empty",
    "not_media": "No recording",
}  # fmt: skip
WAYS = {
    "direct": "As it is", "remux": "As a rewrapped copy", "proxy": "As a copy encoded for viewing",
    "none": "Not at all",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One original as the Details page tells of it."""

    file: RecordingFile
    rows: Rows

    @property
    def part(self) -> int:
        """Which part."""
        return self.file.part


def originals_told(recording: Recording) -> list[Told]:
    """Every original of a recording, with what was found in it."""
    return [Told(file, probe_rows(file.probe or {})) for file in files_of(recording, *ORIGINAL_ROLES)]


def probe_rows(probe: Mapping[str, Any]) -> Rows:
    """Key and value of what a probe report says."""
    if "content" not in probe:
        return []
    rows = [
        ("Content", str(probe["content"])),
        ("State of the file", INTEGRITY.get(str(probe["integrity"]), str(probe["integrity"]))),
        ("Length", duration(probe["duration_s"]) or "Not known"),
    ]
    if probe["playable_until_s"]:
        rows.append(("Plays until", duration(probe["playable_until_s"])))
    rows += [("Picture", _picture(video)) for video in probe["video"]]
    rows += [("Sound", _sound(audio)) for audio in probe["audio"]]
    rows += [("Loudness", loudness_words(probe))] if loudness_words(probe) else []
    rows += [("Also inside", f"{other['kind']} ({other['codec'] or 'unknown'})") for other in probe["other"]]
    way = probe["playable"]
    rows.append(("Shown in browsers", f"{WAYS.get(str(way['way']), '')}. {way['because']}"))
    return rows + [(f"Tag: {name}", str(value)) for name, value in probe["untrusted_tags"]]


def _picture(video: Mapping[str, Any]) -> str:
    rate = video["average_rate"]
    said = [f"{video['codec']} {video['profile'] or ''}".strip(), f"{video['width']} by {video['height']} pixels"]
    said += [f"{rate[0] / rate[1]:.6g} frames a second"] if rate else []
    said += ["variable rate"] if video["is_variable_rate"] else []
    said += ["interlaced"] if video["is_interlaced"] else []
    said += [f"turned {video['rotation']}°"] if video["rotation"] else []
    said += ["mirrored"] if video.get("is_mirrored") else []
    return ", ".join(said)


def _sound(audio: Mapping[str, Any]) -> str:
    channels = {1: "mono", 2: "stereo"}.get(audio["channels"], f"{audio['channels']} channels")
    return f"{audio['codec']}, {audio['rate']:,} Hz, {channels}"


def loudness_words(probe: Mapping[str, Any]) -> str:
    """How loud the sound is as a whole: '-23.1 LUFS, range 7.2 LU (EBU R 128)'; '' where it was not measured."""
    loudness = probe.get("loudness")
    if not loudness:
        return ""
    sampled = ", measured on samples spread over all of it" if loudness["sampled"] else ""
    return f"{loudness['integrated_lufs']:.1f} LUFS, range {loudness['range_lu']:.1f} LU (EBU R 128{sampled})"


SOUNDS = {"encoded": "Encoded", "copied": "Copied unchanged"}


def statement_rows(recording: Recording) -> Rows:
    """Key and value of a working copy's provenance statement."""
    statement: Mapping[str, Any] = recording.statement or {}
    rows: Rows = []
    if statement.get("tools"):
        rows.append(("Made with", ", ".join(f"{tool['name']} {tool['version']}" for tool in statement["tools"])))
    if statement.get("settings"):
        rows.append(("Settings", ", ".join(f"{item['name']} {item['value']}" for item in statement["settings"])))
    if "frames" in statement:
        rows.append(("Frames", _frames(statement)))
    rows += [(f"Segment {number}", _segment(item)) for number, item in enumerate(statement.get("segments", ()), 1)]
    if "sound" in statement:
        hidden = statement.get("samples_hidden", 0)
        rate = statement.get("sound_rate") or 1
        muted = f"; {duration(hidden / rate)} of it muted" if hidden else ""
        rows.append(("Sound", f"{SOUNDS.get(statement['sound'], 'None')}{muted}"))
    rows += [("Assumed", str(finding["sentence"])) for finding in statement.get("assumed", ())]
    return rows + [("To know", str(finding["sentence"])) for finding in statement.get("findings", ())]


def _frames(statement: Mapping[str, Any]) -> str:
    """How many there are, and how many of them were copied bit for bit."""
    count, copied = statement["frames"], sum(item["frames_copied"] for item in statement.get("segments", ()))
    if not copied:
        return f"{count:,}"
    is_first = all(source["role"] == "master" for source in statement["sources"])
    parent = "the Master" if is_first else "the copy that it was made from"
    return (
        f"{count:,}, of which {copied:,} are identical to {parent}, bit for bit. The statement holds their hashes. "
        "If this copy is to leave the force, make it again as 'Most compatible': some players of others are not tested."
    )


def _segment(item: Mapping[str, Any]) -> str:
    said = [f"{item['frames_in']:,} frames"]
    said += [f"{item['frames_encoded']:,} encoded anew"] if item["frames_encoded"] else []
    said += [f"{item['frames_copied']:,} exactly as in the source"] if item["frames_copied"] else []
    said += [f"{item['frames_covered']:,} with something covered"] if item["frames_covered"] else []
    said += [f"{item['frames_missing']:,} could not be read"] if item["frames_missing"] else []
    # statements made before damage was counted do not say
    said += [f"{item['frames_damaged']:,} damaged in the recording"] if item.get("frames_damaged") else []
    return ", ".join(said)
