"""The index cache saves opening the files, and is never believed when it might be wrong."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limosa.errors import GraphError
from limosa.graph import Graph
from limosa.graph.index import load_index, save_index
from limosa.graph.shape import Shape
from tests.fixtures.graphs import write_revision


def index_in(cache: Path) -> Path:
    """Return the one file in the cache folder."""
    (found,) = cache.glob("[!.]*")
    return found


def age(cache: Path) -> None:
    """Let it look as if the index had been made long after the files: recent ones are not trusted."""
    file = index_in(cache)
    index = load_index(file)
    entries = list(index.entries.values())
    ends = Shape([entry.links for entry in entries]).ends
    save_index(file, time.time_ns() + 10**10, entries, ends)
    assert load_index(file).ends([entry.state for entry in entries]) == ends
    _next_tick(cache)


def _next_tick(folder: Path) -> None:
    """The system's clock for files is coarse: let it move on, as it does between two processes."""
    probe = folder / ".probe"
    probe.write_text("")
    before = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns == before:
        probe.touch()
    probe.unlink()


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a file's content behind its state's back: size and time of the content stay."""
    state = path.stat()
    text = path.read_text()
    assert len(old) == len(new)
    assert old in text
    path.write_text(text.replace(old, new))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def replace(path: Path, old: str, new: str) -> None:
    """Put another file of the same size and time in a file's place."""
    other = path.with_name("other")
    other.write_text(path.read_text())
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    rewrite(other, old, new)
    other.replace(path)


_on_open: list[Callable[[str], None]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str):
        for each in _on_open:
            each(arguments[0])


sys.addaudithook(_hook)


@contextlib.contextmanager
def opening(do: Callable[[str], None]) -> Iterator[None]:
    """Call this with the path of each file that is about to be opened."""
    _on_open.append(do)
    try:
        yield
    finally:
        _on_open.remove(do)


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """Three settled revisions."""
    folder = tmp_path / "versions"
    write_revision(folder, "aaaa")
    write_revision(folder, "bbbb", "aaaa", labels=("left", "l2"))
    write_revision(folder, "cccc", ("aaaa", "bbbb"), depends_on="left", message='say "hello"\n\nto ünicode')
    return folder


def test_a_warm_read_opens_no_file_and_says_the_same(versions: Path, tmp_path: Path) -> None:
    """Where no file has changed, not one is opened."""
    cache = tmp_path / "cache"
    cold = Graph.read([versions], cache=cache)
    age(cache)
    opened: list[str] = []
    with opening(opened.append):
        warm = Graph.read([versions], cache=cache)

    assert [name for name in opened if name.startswith(str(versions) + "/")] == []
    assert (warm.heads, warm.real_heads, warm.bases) == (cold.heads, cold.real_heads, cold.bases)
    assert dict(warm.revisions) == dict(cold.revisions)


@pytest.mark.parametrize("change", [rewrite, replace])
def test_the_same_size_and_time_prove_nothing(
    versions: Path, tmp_path: Path, change: Callable[[Path, str, str], None]
) -> None:
    """Written over or replaced, with size and time set back: the new content counts."""
    cache = tmp_path / "cache"
    Graph.read([versions], cache=cache)
    age(cache)
    change(versions / "aaaa.py", "make aaaa", "MAKE aaaa")

    assert Graph.read([versions], cache=cache).get("aaaa").message == "MAKE aaaa"


def test_a_change_is_seen(versions: Path, tmp_path: Path) -> None:
    """Changed, new, deleted and renamed files are what they are now."""
    cache = tmp_path / "cache"
    Graph.read([versions], cache=cache)
    write_revision(versions, "aaaa", message="something else", age_s=1800)
    write_revision(versions, "dddd", "bbbb")
    (versions / "cccc.py").unlink()
    (versions / "bbbb.py").rename(versions / "moved.py")
    graph = Graph.read([versions], cache=cache)

    assert dict(graph.revisions) == dict(Graph.read([versions]).revisions)
    assert list(graph.revisions) == ["aaaa", "dddd", "bbbb"]
    assert sorted(load_index(index_in(cache)).entries) == sorted(str(path) for path in versions.iterdir())


@pytest.mark.parametrize(("later_s", "is_trusted"), [(0, False), (1, False), (3, True)])
def test_a_file_changed_in_the_tick_of_its_reading_is_looked_at_again(
    versions: Path, tmp_path: Path, later_s: int, is_trusted: bool
) -> None:
    """Within the coarsest clock tick, equal times and size prove nothing."""
    cache = tmp_path / "cache"
    graph = Graph.read([versions], cache=cache)
    entries = list(load_index(index_in(cache)).entries.values())
    states = [entry.state for entry in entries]
    last_ns = max(max(written_ns, changed_ns) for _, (_, written_ns, changed_ns, _) in states)
    save_index(index_in(cache), last_ns + later_s * 10**9, entries, graph.shape.ends)
    index = load_index(index_in(cache))

    assert (index.ends(states) is not None) == is_trusted
    assert (index.trusted(max(states, key=lambda state: max(state[1][1:3]))) is not None) == is_trusted


def test_a_touched_file_is_trusted_again_afterwards(versions: Path, tmp_path: Path) -> None:
    """A checkout that only sets times costs one reading, not one each time."""
    cache = tmp_path / "cache"
    Graph.read([versions], cache=cache)
    age(cache)
    os.utime(versions / "aaaa.py", (1, 1))
    Graph.read([versions], cache=cache)
    age(cache)
    opened: list[str] = []
    with opening(opened.append):
        assert Graph.read([versions], cache=cache).get("aaaa").message == "make aaaa"
    assert str(versions / "aaaa.py") not in opened


@pytest.mark.parametrize("moment", ["before it is opened", "after it was read"])
def test_a_file_written_while_it_is_read(versions: Path, tmp_path: Path, moment: str) -> None:
    """Whichever content that reading saw, the next one gives what is there."""
    cache = tmp_path / "cache"
    trigger = versions / ("aaaa.py" if moment == "before it is opened" else "bbbb.py")
    written: list[str] = []

    def write(path: str) -> None:
        if path == str(trigger) and not written:
            written.append(path)
            rewrite(versions / "aaaa.py", "make aaaa", "MAKE aaaa")

    with opening(write):
        Graph.read([versions], cache=cache)
    assert written
    assert Graph.read([versions], cache=cache).get("aaaa").message == "MAKE aaaa"


CHANGES: dict[str, Callable[[Path, int], object]] = {
    "touch": lambda folder, n: os.utime(_one(folder, n), (n, n)),
    "write over": lambda folder, n: rewrite(_one(folder, n), "Go up.", f"Go {n:02}."),
    "replace": lambda folder, n: replace(_one(folder, n), "Go down.", f"Go {n:04}."),
    "rename": lambda folder, n: _one(folder, n).rename(folder / f"r{n}.py"),
    "remove": lambda folder, n: _one(folder, n).unlink() if len(_all(folder)) > 1 else None,
    "add": lambda folder, n: write_revision(folder, f"n{n}", age_s=3600),
    "follow": lambda folder, n: write_revision(folder, f"n{n}", _one(folder, n + 1).stem),
    "break": lambda folder, n: _one(folder, n).write_text("revision = "),
    "hide": lambda folder, n: _one(folder, n).rename(folder / f".#{n}.py"),
    "link": lambda folder, n: (folder / f"l{n}.py").symlink_to(_one(folder, n)),
}


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.py") if not path.is_symlink() and path.name[0] != ".")


def _one(folder: Path, n: int) -> Path:
    return _all(folder)[n % len(_all(folder))]


def answer(versions: Path, cache: Path | None) -> object:
    """Return all that a graph says, or the error that it is."""
    try:
        graph = Graph.read([versions], cache=cache)
    except GraphError as error:
        return str(error)
    return graph.heads, graph.real_heads, graph.bases, dict(graph.revisions)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(0, 9), st.booleans()), max_size=8)
)
def test_the_index_is_never_wrong(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, bool]]
) -> None:
    """Whatever happens to the files, and whenever they are read: with the index as without."""
    root = tmp_path_factory.mktemp("index")
    versions, cache = root / "versions", root / "cache"
    for name, parent in (("aaaa", None), ("bbbb", "aaaa"), ("cccc", "bbbb")):
        write_revision(versions, name, parent)
    Graph.read([versions], cache=cache)
    for change, n, is_read in steps:
        with contextlib.suppress(GraphError, AssertionError, FileExistsError):
            age(cache)  # a graph that contradicts itself has no ends to be kept
        with contextlib.suppress(AssertionError, FileExistsError, ZeroDivisionError):
            CHANGES[change](versions, n)
        if is_read:
            assert answer(versions, cache) == answer(versions, None)
    assert answer(versions, cache) == answer(versions, None)
    assert answer(versions, cache) == answer(versions, None)


def test_a_computed_file_is_executed_each_time(versions: Path, tmp_path: Path) -> None:
    """What it says may change though it does not."""
    computed = versions / "dddd.py"
    computed.write_text("import os\nrevision = os.environ['ID']\ndown_revision = None\n")
    os.utime(computed, (1, 1))
    answers = iter(["d1", "d2"])

    def execute(_: Path) -> Mapping[str, object]:
        return {"revision": next(answers), "down_revision": "cccc"}

    heads = [Graph.read([versions], cache=tmp_path / "cache", fallback=execute).heads for _ in range(2)]

    assert heads == [("d1",), ("d2",)]


def test_an_error_is_not_cached(versions: Path, tmp_path: Path) -> None:
    """A file that is no Python is refused every time, and leaves no trace."""
    (versions / "dddd.py").write_text("def upgrade(:")
    for _ in range(2):
        with pytest.raises(GraphError, match=r"dddd\.py"):
            Graph.read([versions], cache=tmp_path / "cache")


def test_locations_do_not_share_an_index(versions: Path, tmp_path: Path) -> None:
    """One cache folder serves several projects."""
    cache = tmp_path / "cache"
    write_revision(tmp_path / "other", "zzzz")
    for _ in range(2):
        assert Graph.read([versions], cache=cache).heads == ("cccc",)
        assert Graph.read([tmp_path / "other"], cache=cache).heads == ("zzzz",)
    assert len(list(cache.glob("[!.]*"))) == 2


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_index_is_as_none(versions: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Cut off, overwritten or emptied anywhere: the files are read, and the index is whole again."""
    cache = tmp_path / "cache"
    sound = dict(Graph.read([versions], cache=cache).revisions)
    file = index_in(cache)
    whole = file.read_bytes()
    place = int(len(whole) * data.draw(st.floats(0, 1, exclude_max=True)))
    damaged = data.draw(
        st.one_of(
            st.just(whole[:place]),
            st.binary(min_size=1, max_size=8).map(
                lambda part: whole[:place] + part + whole[place + len(part) :]
            ),
        )
    )
    file.write_bytes(damaged)

    assert dict(Graph.read([versions], cache=cache).revisions) == sound
    assert load_index(file).entries.keys() == load_index_of(whole, tmp_path).keys()


def test_a_part_of_the_index_that_is_damaged_is_as_none(versions: Path, tmp_path: Path) -> None:
    """The ends are told from the sound part; asked for more, the files are read, and all is mended."""
    cache = tmp_path / "cache"
    sound = dict(Graph.read([versions], cache=cache).revisions)
    age(cache)
    file = index_in(cache)
    file.write_bytes(file.read_bytes()[:-9] + b"xxxxxxxxx")
    graph = Graph.read([versions], cache=cache)

    assert graph.heads == ("cccc",)
    assert dict(graph.revisions) == sound
    assert len(load_index(file).entries) == 3


def test_what_was_read_is_kept_though_the_index_is_written_anew(versions: Path, tmp_path: Path) -> None:
    """A graph does not change: what it had not yet looked up is what it was."""
    cache = tmp_path / "cache"
    Graph.read([versions], cache=cache)
    age(cache)
    before = Graph.read([versions], cache=cache)
    write_revision(versions, "dddd", "bbbb")
    assert list(Graph.read([versions], cache=cache).revisions) == ["aaaa", "bbbb", "cccc", "dddd"]

    assert list(before.revisions) == ["aaaa", "bbbb", "cccc"]


def load_index_of(data: bytes, tmp_path: Path) -> Mapping[str, object]:
    """Read an index that stands elsewhere."""
    (tmp_path / "whole").write_bytes(data)
    return load_index(tmp_path / "whole").entries


def test_an_index_of_another_version_is_as_none(versions: Path, tmp_path: Path) -> None:
    """What another Limosa wrote is not guessed at."""
    cache = tmp_path / "cache"
    Graph.read([versions], cache=cache)
    file = index_in(cache)
    file.write_bytes(file.read_bytes().replace(b"limosa-graph 3 ", b"limosa-graph 2 "))

    assert load_index(file).entries == {}
    assert Graph.read([versions], cache=cache).heads == ("cccc",)


def test_a_folder_that_cannot_be_written_to_is_no_error(versions: Path, tmp_path: Path) -> None:
    """The cache is an offer: here a file stands where its folder should be."""
    blocked = tmp_path / "cache"
    blocked.write_text("")

    assert Graph.read([versions], cache=blocked).heads == ("cccc",)
    assert blocked.read_text() == ""
