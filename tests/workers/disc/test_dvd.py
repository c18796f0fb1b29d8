"""The viewing DVD, looked at with lsdvd, dvdunauthor, xorriso and ffprobe."""

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from workers.disc.authoring import EncodedTitle, chapter_starts, folder_author, menu_made
from workers.disc.dvd import Title, viewing_dvd_build
from workers.disc.errors import ItemTooLarge, TitleUnplayable
from workers.disc.menu import Choice, menu_pages
from workers.disc.planning import MEDIA, MediumKind
from workers.exec.errors import ExecError, ToolCancelled, ToolMissing

HOSTILE = '"><vob file="/etc/passwd"/> \' : , ; %{pts} [a]drawtext=textfile=/etc/passwd \n\u202e\x00 & <b>'


def built(titles, tmp_path, **more):
    out = tmp_path / "viewing.iso"
    report = viewing_dvd_build(titles, menu_heading="R v Smith", volume_id="AB_1_D1OF1", out=out, **more)
    return out, report


def lsdvd(image: Path) -> ET.Element:
    done = subprocess.run(["lsdvd", "-x", "-Ox", str(image)], capture_output=True, check=True)
    text = done.stdout.decode("utf-8", "replace")
    return ET.fromstring(text[text.index("<lsdvd>") :])  # libdvdread's banner stands before it


def extracted(image: Path, to: Path) -> Path:
    taken = ["xorriso", "-no_rc", "-osirrox", "on:auto_chmod_on", "-indev", f"stdio:{image}", "-extract", "/", str(to)]
    subprocess.run(taken, capture_output=True, check=True)
    for inside in (to, *to.rglob("*")):
        inside.chmod(0o755 if inside.is_dir() else 0o644)  # a disc is read-only; the test's folder is cleared
    return to


def probed(path: Path) -> list[dict]:
    argv = ["ffprobe", "-v", "error", "-print_format", "json", "-show_streams", "-count_packets", str(path)]
    return json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)["streams"]


def first_frame(path: Path, to: Path) -> Image.Image:
    argv = ["ffmpeg", "-v", "error", "-y", "-i", str(path), "-frames:v", "1", str(to)]
    subprocess.run(argv, check=True)
    return Image.open(to).convert("RGB")


def test_viewing_dvd_has_its_titles_in_pal_16_9_with_sound_and_a_menu(video, tmp_path):
    titles = [
        Title(video("with.mp4"), "Exhibit AB/1", ("Recorded 1 May 2024",)),
        Title(video("without.mp4", sound=False, seconds=3), "Exhibit AB/2", ("silent",)),
    ]
    out, report = built(titles, tmp_path)
    assert report.size_bytes == out.stat().st_size
    assert report.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert {"ffmpeg", "spumux", "dvdauthor", "genisoimage"} <= set(report.tools)
    disc = lsdvd(out)
    assert disc.findtext("title") == "AB_1_D1OF1"
    tracks = disc.findall("track")
    assert [round(float(track.findtext("length"))) for track in tracks] == [2, 3]
    for track in tracks:
        assert (track.findtext("format"), track.findtext("aspect")) == ("PAL", "16/9")
        assert [sound.findtext("format") for sound in track.findall("audio")] == ["ac3"]
    video_ts = extracted(out, tmp_path / "read") / "VIDEO_TS"
    (picture,) = [each for each in probed(video_ts / "VTS_01_1.VOB") if each["codec_type"] == "video"]
    assert (picture["codec_name"], picture["width"], picture["height"]) == ("mpeg2video", 720, 576)
    assert (picture["r_frame_rate"], picture["display_aspect_ratio"]) == ("25/1", "16:9")
    menu_kinds = {each["codec_type"] for each in probed(video_ts / "VIDEO_TS.VOB")}
    assert {"video", "audio", "subtitle"} <= menu_kinds
    assert not list(tmp_path.glob(".dvd-*"))


@pytest.mark.skipif(shutil.which("dvdunauthor") is None, reason="dvdunauthor (Debian: dvdauthor) is not installed")
def test_buttons_of_a_second_menu_page_lead_where_they_say(video, tmp_path):
    short = video("short.mp4", seconds=0.6)
    out, _ = built([Title(short, f"Exhibit AB/{n}") for n in range(1, 8)], tmp_path)
    work = tmp_path / "un"
    work.mkdir()
    subprocess.run(["dvdunauthor", str(extracted(out, tmp_path / "read"))], cwd=work, capture_output=True, check=True)
    manager = ET.parse(work / "dvdauthor.xml").getroot().find("vmgm")
    goals = [
        [" ".join(button.text.split()) for button in chain.iter("button")]
        for chain in manager.find("menus").iter("pgc")
    ]
    assert goals == [
        [*(f"jump title {n};" for n in range(1, 6)), "jump vmgm menu 2;"],
        ["jump title 6;", "jump title 7;", "jump vmgm menu 1;"],
    ]
    assert manager.findtext("fpc").strip() == "jump vmgm menu 1;"


def test_hostile_headings_are_only_drawn(video, tmp_path):
    titles = [Title(video("a.mp4", seconds=0.6), HOSTILE, (HOSTILE, HOSTILE))]
    out = tmp_path / "viewing.iso"
    viewing_dvd_build(titles, menu_heading=HOSTILE, volume_id="AB_1_D1OF1", out=out)
    assert len(lsdvd(out).findall("track")) == 1
    assert b"/etc/passwd" not in out.read_bytes()
    assert b"root:" not in out.read_bytes()


@pytest.mark.parametrize(
    ("size", "options", "bars"),
    [
        ("320x180", (), "none"),
        ("320x240", (), "sides"),
        ("180x320", (), "sides"),
        ("420x180", (), "above"),
        ("320x240", ("-vf", "setsar=4/3"), "none"),
    ],
)
def test_picture_keeps_its_shape_between_black_bars(video, tmp_path, size, options, bars):
    source = video("shape.mp4", "-vf", *(options[1:] or ("null",)), size=size, seconds=0.6)
    paint = ["-f", "lavfi", "-i", f"color=white:s={size}:r=25:d=0.6", "-vf", *(options[1:] or ("null",))]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *paint, "-c:v", "libx264", str(source)], check=True)
    out, _ = built([Title(source, "Exhibit")], tmp_path)
    vob = extracted(out, tmp_path / "read") / "VIDEO_TS" / "VTS_01_1.VOB"
    frame = first_frame(vob, tmp_path / "frame.png")
    white = frame.convert("L").point(lambda level: 255 * (level > 128)).getbbox()
    width, height = (int(part) for part in size.split("x"))
    pixel_shape = 4 / 3 if options else 1.0
    shown = (white[2] - white[0]) * 64 / 45 / (white[3] - white[1])
    assert shown == pytest.approx(width * pixel_shape / height, rel=0.02)
    touches = {"none": (0, 0, 720, 576), "sides": (white[0], 0, white[2], 576), "above": (0, white[1], 720, white[3])}
    assert white == pytest.approx(touches[bars], abs=4)
    assert abs(white[0] - (720 - white[2])) <= 2


def test_rotated_recording_stands_upright(video, tmp_path):
    source = tmp_path / "flat.mp4"
    half = ["-f", "lavfi", "-i", "color=white:s=320x180:r=25:d=0.6", "-vf", "drawbox=x=160:w=160:h=180:c=black:t=fill"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *half, "-c:v", "libx264", str(source)], check=True)
    turned = tmp_path / "turned.mp4"
    turn = ["-display_rotation", "90", "-i", str(source), "-c", "copy", str(turned)]
    if subprocess.run(["ffmpeg", "-v", "error", "-y", *turn], capture_output=True, check=False).returncode:
        argv = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-c", "copy", "-metadata:s:v:0", "rotate=270"]
        subprocess.run([*argv, str(turned)], check=True)
    rotations = [data.get("rotation") for each in probed(turned) for data in each.get("side_data_list", [])]
    assert rotations in ([90], [-90])
    out, _ = built([Title(turned, "Exhibit")], tmp_path)
    vob = extracted(out, tmp_path / "read") / "VIDEO_TS" / "VTS_01_1.VOB"
    frame = first_frame(vob, tmp_path / "frame.png").convert("L")
    upper, lower = frame.getpixel((360, 100)), frame.getpixel((360, 470))
    # turned to the left, what was left comes to lie below
    assert (lower if rotations == [90] else upper) > 200
    assert (upper if rotations == [90] else lower) < 40
    assert frame.getpixel((40, 288)) < 40


def test_variable_frame_rate_keeps_its_length(video, tmp_path):
    source = video("vfr.mp4", "-vf", "select='not(mod(n,7))+lt(n,20)'", "-vsync", "vfr", seconds=4, rate=30)
    out, _ = built([Title(source, "Exhibit")], tmp_path)
    (track,) = lsdvd(out).findall("track")
    assert float(track.findtext("length")) == pytest.approx(4.0, abs=0.3)


def test_sound_that_outlasts_the_picture_is_heard_to_its_end(video, tmp_path):
    source = tmp_path / "lag.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:d=3", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *picture, *tone, "-c:v", "libx264", str(source)], check=True)
    out, _ = built([Title(source, "Exhibit")], tmp_path)
    (track,) = lsdvd(out).findall("track")
    assert float(track.findtext("length")) == pytest.approx(3.0, abs=0.15)


@pytest.mark.parametrize(
    ("duration_s", "starts"),
    [(0.5, [0]), (300, [0]), (301, [0]), (303, [0, 300]), (900, [0, 300, 600]), (905, [0, 300, 600, 900])],
)
def test_chapters_begin_every_five_minutes_and_never_at_the_very_end(duration_s, starts):
    assert list(chapter_starts(duration_s)) == starts


@pytest.mark.slow
def test_eleven_minutes_have_three_chapters(video, tmp_path):
    source = video("long.mp4", "-g", "250", size="160x90", rate=5, seconds=660)
    out, _ = built([Title(source, "Exhibit")], tmp_path)
    lengths = [float(each.findtext("length")) for each in lsdvd(out).find("track").findall("chapter")]
    assert lengths == pytest.approx([300, 300, 60], abs=1)


def test_titles_too_long_for_the_medium_are_refused_before_encoding(video, tmp_path):
    small = replace(MEDIA[MediumKind.DVD_5], capacity_bytes=25_600_000)
    source = video("a.mp4", seconds=4)
    with pytest.raises(ItemTooLarge, match="Spread them over more discs"):
        built([Title(source, "Exhibit")] * 8, tmp_path, medium=small)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4"]


@pytest.mark.slow
def test_noise_that_overshoots_its_rate_is_encoded_again_until_it_fits(tmp_path):
    source = tmp_path / "noise.mp4"
    noise = ["-f", "lavfi", "-i", "testsrc2=s=720x576:r=25:d=6,noise=alls=25:allf=t"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *noise, "-c:v", "libx264", "-qp", "24", str(source)], check=True)
    small = replace(MEDIA[MediumKind.DVD_5], capacity_bytes=27_780_000)
    seen = []
    out, report = built(
        [Title(source, "Noise")], tmp_path, medium=small, on_progress=lambda done, total: seen.append(done / total)
    )
    assert report.size_bytes <= small.usable_bytes
    assert seen[-1] == 1.0
    assert seen != sorted(seen), "a second attempt begins again"
    assert len(lsdvd(out).findall("track")) == 1


@pytest.mark.slow
def test_noise_that_no_rate_can_hold_is_refused_in_words(tmp_path):
    source = tmp_path / "noise.mp4"
    noise = ["-f", "lavfi", "-i", "nullsrc=s=720x576:r=25:d=3,geq=random(1)*255:128:128"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *noise, "-c:v", "libx264", "-qp", "30", str(source)], check=True)
    small = replace(MEDIA[MediumKind.DVD_5], capacity_bytes=26_600_000)
    with pytest.raises(ItemTooLarge, match="too busy"):
        built([Title(source, "Noise")], tmp_path, medium=small)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["noise.mp4"]


def test_recording_without_picture_is_named_and_nothing_is_left(video, tmp_path):
    good = video("good.mp4", seconds=0.6)
    text = tmp_path / "text.mp4"
    text.write_text("#EXTM3U\n#EXTINF:1,\ngood.mp4\n")
    with pytest.raises(TitleUnplayable, match="Exhibit AB/9"):
        built([Title(good, "Exhibit AB/1"), Title(text, "Exhibit AB/9")], tmp_path)
    sound = tmp_path / "sound.m4a"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=1", str(sound)], check=True)
    with pytest.raises(TitleUnplayable, match="no picture"):
        built([Title(sound, "Exhibit AB/3")], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good.mp4", "sound.m4a", "text.mp4"]


def test_stopped_build_leaves_nothing(video, tmp_path):
    source = video("a.mp4", seconds=2)
    calls = []

    def stop_while_encoding() -> bool:
        return bool(calls)

    with pytest.raises(ToolCancelled):
        built(
            [Title(source, "Exhibit")] * 3,
            tmp_path,
            on_progress=lambda done, total: calls.append(done),
            is_cancelled=stop_while_encoding,
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4"]


@pytest.mark.parametrize("count", [0, 100])
def test_number_of_titles_that_no_dvd_can_hold_is_refused(tmp_path, count):
    with pytest.raises(ValueError, match="1 to 99"):
        built([Title(tmp_path / "x.mp4", "x")] * count, tmp_path)


def test_missing_dvdauthor_is_named_before_anything_is_encoded(video, tmp_path, monkeypatch):
    source = video("a.mp4", seconds=0.6)
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("ffmpeg", "ffprobe", "bwrap"):
        (bare / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(bare))
    with pytest.raises(ToolMissing, match=r"apt-get install .*dvdauthor"):
        built([Title(source, "Exhibit")], tmp_path)
    assert not (tmp_path / "viewing.iso").exists()


def test_what_puts_the_titles_together_sees_them_and_nothing_else(tmp_path):
    """The titles were written by a program that opened hostile bytes; what reads them is behind the same walls."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    other = tmp_path / "somebody-elses.mpg"
    film = ["-f", "lavfi", "-i", "testsrc2=s=720x576:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2", "-target", "pal-dvd"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *film, str(other)], check=True)
    (scratch / "title1.mpg").symlink_to(other)
    title = EncodedTitle(scratch / "title1.mpg", 2.0)
    pages = menu_pages([Choice("AB/1", ())])
    menus = [menu_made(page, "R v Smith", scratch) for page in pages]
    with pytest.raises(ExecError):
        folder_author([title], pages, menus, scratch)
    (scratch / "title1.mpg").unlink()
    other.rename(scratch / "title1.mpg")
    assert (folder_author([title], pages, menus, scratch) / "VIDEO_TS" / "VTS_01_1.VOB").stat().st_size
