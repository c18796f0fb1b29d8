"""MP4 files as a camera leaves them when its power fails: the media is there, the index was never written."""

from pathlib import Path


def without_index(path: Path, out: Path, *, missing: int = 0) -> Path:
    """The same up to its index and `missing` bytes before it; the length of the media was not yet written either."""
    content = path.read_bytes()
    media, index = content.index(b"mdat") - 4, content.rindex(b"moov") - 4
    assert media < index
    cut = bytearray(content[: index - missing])
    cut[media : media + 4] = bytes(4)
    out.write_bytes(cut)
    return out


def carrying_its_settings(cut: Path, head: bytes, out: Path) -> Path:
    """The same with the parameter sets of `head` (avcC with one of each) before the first picture."""
    sps_bytes = int.from_bytes(head[6:8], "big")
    at = 8 + sps_bytes
    sps, pps = head[8:at], head[at + 3 : at + 3 + int.from_bytes(head[at + 1 : at + 3], "big")]
    content = cut.read_bytes()
    media = content.index(b"mdat") + 4
    sets = b"".join(len(unit).to_bytes(4, "big") + unit for unit in (sps, pps))
    out.write_bytes(content[:media] + sets + content[media:])
    return out
