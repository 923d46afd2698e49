"""Where scratch servers live: safe from strangers, cached for speed, reachable for the server's user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from limosa.errors import ConfigError
from limosa.scratch import folders, nearest

STARTS = """
from limosa.scratch import nearest, start
with start(nearest(None).provider) as server, server.database() as url:
    print(server.provider.bindir, server.folder, "socket" if server._guard.socket_folder else "no socket")
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files that everybody may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="limosa-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def run_all(count: int, temporary: Path, *, path: Path | None = None) -> list[list[str]]:
    """Start a server in each of several processes at once; return the words that each said."""
    env = {**os.environ, "TMPDIR": str(temporary), **({"PYTHONPATH": str(path)} if path else {})}
    running = [
        subprocess.Popen([sys.executable, "-c", STARTS], env=env, stdout=subprocess.PIPE, text=True, cwd="/")
        for _ in range(count)
    ]
    said = [process.communicate(timeout=60)[0].split(maxsplit=2) for process in running]
    assert [process.returncode for process in running] == [0] * count
    return said


def test_processes_that_race_for_the_first_template_all_get_a_server(temporary: Path) -> None:
    """One template is left, whole, and no half-made one beside it."""
    said = run_all(3, temporary)
    assert len({folder for _, folder, _ in said}) == 3
    (base,) = temporary.iterdir()
    assert [entry.name for entry in base.iterdir() if entry.name.startswith("server-")] == []
    assert len([*(base / "templates").iterdir()]) == 1


def test_a_folder_too_deep_for_a_socket_still_serves_tcp(temporary: Path) -> None:
    """The kernel takes 107 bytes for a socket's name; a longer one is left away."""
    deep = temporary / ("d" * 80)
    deep.mkdir()
    deep.chmod(0o755)
    assert run_all(1, deep)[0][2].strip() == "no socket"


def test_a_sweep_takes_what_was_cached_for_programs_that_are_gone(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Virtual environments come and go; their templates go with them, those in use stay."""
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    programs = temporary / "bin"
    programs.mkdir()
    template = folders.subfolder("templates") / "18-of-some-wheel"
    with folders.made_once(template, origin=programs) as fresh:
        assert fresh is not None
    folders.sweep()
    assert template.exists()
    programs.rmdir()
    folders.sweep()
    assert not template.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the server's user cannot read")
def test_programs_in_a_closed_folder_are_copied_once(temporary: Path) -> None:
    """A virtual environment under /root works: its programs are copied to where they can be run."""
    bindir = nearest(None).provider.bindir
    assert bindir is not None
    package = bindir.parent.parent
    closed = temporary / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(package, closed / package.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, closed / libraries.name, symlinks=True)
    first, second = (run_all(1, temporary, path=closed)[0][0] for _ in range(2))
    assert first == second
    assert Path(first).is_relative_to(temporary / "limosa-scratch-0" / "programs")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another user")
def test_root_leaves_a_closed_folder_for_an_open_one(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A TMPDIR that the server's user cannot enter is not used."""
    temporary.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    assert not folders.base_folder().is_relative_to(temporary)


@pytest.mark.parametrize("trap", ["open to others", "a link", "a file"])
def test_a_stranger_s_folder_is_refused(temporary: Path, monkeypatch: pytest.MonkeyPatch, trap: str) -> None:
    """Nothing is written to a place that somebody else may have prepared."""
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    name = temporary / f"limosa-scratch-{os.geteuid()}"
    if trap == "open to others":
        name.mkdir()
        name.chmod(0o777)
    elif trap == "a link":
        (temporary / "elsewhere").mkdir()
        name.symlink_to(temporary / "elsewhere")
    else:
        name.touch()
    with pytest.raises(ConfigError, match="only its owner"):
        folders.base_folder()
