"""The index cache saves opening the files, and is never believed when it might be wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limosa.errors import GraphError
from limosa.graph import Graph
from limosa.graph.index import load_index
from tests.fixtures.graphs import write_revision


def index_in(cache: Path) -> Path:
    """Return the one file in the cache folder."""
    (found,) = cache.glob("[!.]*")
    return found


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a file's content behind its state's back: size and time stay."""
    state = path.stat()
    text = path.read_text()
    assert len(old) == len(new)
    assert old in text
    path.write_text(text.replace(old, new))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """Three settled revisions."""
    folder = tmp_path / "versions"
    write_revision(folder, "aaaa")
    write_revision(folder, "bbbb", "aaaa", labels=("left", "l2"))
    write_revision(folder, "cccc", ("aaaa", "bbbb"), depends_on="left", message='say "hello"\n\nto ünicode')
    return folder


def test_a_warm_read_opens_no_file_and_says_the_same(versions: Path, tmp_path: Path) -> None:
    """Same size and time: the content is not looked at."""
    cache = tmp_path / "cache"
    cold = Graph.read([versions], cache=cache)
    rewrite(versions / "aaaa.py", "make aaaa", "MAKE aaaa")
    warm = Graph.read([versions], cache=cache)

    assert dict(warm.revisions) == dict(cold.revisions)
    assert warm.get("aaaa").message == "make aaaa"
    assert dict(Graph.read([versions]).revisions) != dict(cold.revisions)


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


def test_a_file_changed_in_the_tick_of_its_reading_is_looked_at_again(versions: Path, tmp_path: Path) -> None:
    """Within the coarsest clock tick, equal time and size prove nothing."""
    cache = tmp_path / "cache"
    os.utime(versions / "aaaa.py")
    Graph.read([versions], cache=cache)
    rewrite(versions / "aaaa.py", "make aaaa", "MAKE aaaa")

    assert Graph.read([versions], cache=cache).get("aaaa").message == "MAKE aaaa"


def test_a_touched_file_is_trusted_again_afterwards(versions: Path, tmp_path: Path) -> None:
    """A checkout that only sets times costs one reading, not one each time."""
    cache = tmp_path / "cache"
    Graph.read([versions], cache=cache)
    past = time.time() - 60
    os.utime(versions / "aaaa.py", (past, past))
    Graph.read([versions], cache=cache)
    rewrite(versions / "aaaa.py", "make aaaa", "MAKE aaaa")

    assert Graph.read([versions], cache=cache).get("aaaa").message == "make aaaa"


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
    place = data.draw(st.integers(0, len(whole) - 1))
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


def load_index_of(data: bytes, tmp_path: Path) -> Mapping[str, object]:
    """Read an index that stands elsewhere."""
    (tmp_path / "whole").write_bytes(data)
    return load_index(tmp_path / "whole").entries


def test_an_index_of_another_version_is_as_none(versions: Path, tmp_path: Path) -> None:
    """What another Limosa wrote is not guessed at."""
    cache = tmp_path / "cache"
    Graph.read([versions], cache=cache)
    file = index_in(cache)
    file.write_bytes(file.read_bytes().replace(b"limosa-graph 1 ", b"limosa-graph 0 "))

    assert load_index(file).entries == {}
    assert Graph.read([versions], cache=cache).heads == ("cccc",)


def test_a_folder_that_cannot_be_written_to_is_no_error(versions: Path, tmp_path: Path) -> None:
    """The cache is an offer: here a file stands where its folder should be."""
    blocked = tmp_path / "cache"
    blocked.write_text("")

    assert Graph.read([versions], cache=blocked).heads == ("cccc",)
    assert blocked.read_text() == ""
