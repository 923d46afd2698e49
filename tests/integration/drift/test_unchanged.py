"""A check that passed is not made again until something changes, and always then."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from limosa.migrator import Migrator
from limosa.model.check import Between, CheckReport, Verdict
from tests.fixtures.projects import AlembicProject, initialise
from tests.fixtures.targets import Target, sqlite_target
from tests.integration.drift.subject import MODELS, Subject, settle, subject_of

_COUNT = """
import sys
from limosa.migrator import Migrator
report = Migrator().check()
print(report.unchanged, *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def without_modules_of(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what other tests imported from their folders: it is gone, and nothing could be said of it."""
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(base)):
            monkeypatch.delitem(sys.modules, name)


@pytest.fixture(autouse=True)
def _only_modules_of_files(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Begin each test without them."""
    without_modules_of(tmp_path_factory.getbasetemp(), monkeypatch)


def grow_old(root: Path) -> None:
    """Wait until what was written is old enough to be trusted."""
    settle(*(path for path in root.rglob("*") if path.suffix in {".py", ".ini"}))


def remembered(made: AlembicProject, target: Target) -> Subject:
    """A project whose check has passed and is known."""
    subject = subject_of(made, target)
    grow_old(made.root)
    assert not subject.check().unchanged
    assert subject.check().unchanged
    return subject


@pytest.fixture
def subject(project: Callable[..., AlembicProject], pg: Target) -> Subject:
    """Such a project on PostgreSQL."""
    return remembered(project(url=pg.url), pg)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Such a project on SQLite, for all tests: what is new would have to grow old for each."""
    folder = tmp_path_factory.mktemp("small")
    target = sqlite_target(folder)
    made = AlembicProject(folder / "project", "generic")
    initialise(made)
    made.set_url(target.url)
    with pytest.MonkeyPatch.context() as monkeypatch:  # this comes before the fixture of each test
        without_modules_of(tmp_path_factory.getbasetemp(), monkeypatch)
        return remembered(made, target)


@pytest.fixture
def small(made_once: Subject) -> Iterator[Subject]:
    """The same, put back as it was at the end: by what is in the files, and not by their times."""
    folder = made_once.root.parent
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    yield made_once
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path not in before:
            path.unlink()
        elif path.is_dir() and not any(path in known.parents for known in before):
            path.rmdir()
    for path, content in before.items():
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def rewritten(path: Path, text: str) -> None:
    """Replace a file by another of the same size and time."""
    before = path.stat()
    assert len(text.encode()) == before.st_size
    other = path.with_name("other.tmp")
    other.write_text(text)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def edited(path: Path, text: str) -> None:
    """Write into a file in place, and put its time back."""
    before = path.stat()
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_change_in_the_database_is_seen(subject: Subject) -> None:
    """Whatever is no longer as the models say; rows are nobody's business."""
    subject.execute("INSERT INTO parent (id) VALUES (1)", "INSERT INTO documents (id, name) VALUES (1, 'a')")
    assert subject.check().unchanged
    subject.execute("DROP INDEX ix_name")
    report = subject.check()
    assert (report.unchanged, report.verdict) == (False, Verdict.DRIFT)
    assert not subject.check().unchanged
    subject.execute("CREATE INDEX ix_name ON documents (name)")
    assert subject.check().passed
    assert subject.check().unchanged
    subject.execute("UPDATE alembic_version SET version_num = 'x'")
    assert subject.check().verdict is Verdict.AHEAD


def test_a_schema_that_came_back_is_known(subject: Subject) -> None:
    """Another catalogue of the same schema is the same, and quickly so the next time."""
    subject.execute("CREATE TABLE passing (id INTEGER)", "DROP TABLE passing", "DROP INDEX ix_name")
    subject.execute("CREATE INDEX ix_name ON documents (name)")
    assert subject.check().unchanged
    assert subject.check().unchanged


SHORTER, WIDER = MODELS, MODELS.replace("String(20)", "String(30)")
CHANGES: dict[str, Callable[[Subject], object]] = {
    "a model edited, size and time as before": lambda s: edited(s.models, WIDER),
    "a model replaced, size and time as before": lambda s: rewritten(s.models, WIDER),
    "a model edited": lambda s: s.models.write_text(WIDER + "# wider\n"),
    "a model removed": lambda s: s.models.unlink(),
    "a package in the place of a module": lambda s: _package(s.models.with_suffix("")),
    "a module beside the models": lambda s: (s.models.parent / "local.py").write_text(""),
    "a module in the project's folder": lambda s: (s.root / "sqlalchemy.py").write_text("raise RuntimeError"),
    "env.py edited": lambda s: s.project.env.write_text(s.project.env.read_text() + "\n# more\n"),
    "alembic.ini edited": lambda s: s.project.ini.write_text(s.project.ini.read_text() + "\n# more\n"),
    "a baseline": lambda s: (s.root / "limosa-baseline.toml").write_text(""),
    "a new revision": lambda s: s.project.revise("0002", "0001"),
}


def _package(folder: Path) -> None:
    folder.mkdir()
    (folder / "__init__.py").write_text(WIDER)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_files_is_seen(small: Subject, change: str) -> None:
    """Whatever env.py would import otherwise than before is compared again."""
    assert small.check().unchanged
    CHANGES[change](small)
    assert _asked_again(small)


def _asked_again(subject: Subject) -> bool:
    try:
        return not subject.check().unchanged
    except Exception as error:  # noqa: BLE001  what does not even run was surely tried
        return "env.py failed" in str(error)


def test_what_changes_nothing_is_not_seen(small: Subject) -> None:
    """A file that was touched, or written anew with the same text, and files that Python does not import."""
    os.utime(small.models)
    small.project.env.write_text(small.project.env.read_text())
    (small.root / "notes.txt").write_text("text")
    (small.root / "shop" / "data.json").write_text("{}")
    assert small.check().unchanged


def test_a_full_check_compares(small: Subject) -> None:
    """Whoever does not trust the memory need not; and what it finds is the same."""
    report = small.check(full=True)
    assert (report.unchanged, report.verdict, report.compared) == (False, Verdict.PASSED, (Between.MODELS,))
    known = small.check()
    assert known.unchanged
    assert (known.databases, known.compared, known.notes) == (report.databases, report.compared, report.notes)


def test_files_that_change_meanwhile_are_not_remembered(small: Subject) -> None:
    """What was imported, and what is on disk when the check is over, need not be the same."""
    env, models = small.project.env, small.models
    env.write_text(
        env.read_text() + f"\nwith open({str(models)!r}, 'a') as file:\n    file.write('# more\\n')\n"
    )
    grow_old(small.root)
    assert small.check().passed
    assert not small.check().unchanged
    assert models.read_text().count("# more") == 2


def test_a_database_that_changes_meanwhile_is_not_remembered(small: Subject) -> None:
    """What was compared need not be what was there before: here env.py itself mends what it finds."""
    env, mends = small.project.env, "CREATE INDEX IF NOT EXISTS ix_name ON documents (name)"
    lines = f"import sqlite3\n\ndatabase = sqlite3.connect({str(small.target.path)!r})\n"
    env.write_text(f"{lines}database.execute({mends!r})\ndatabase.close()\n{env.read_text()}")
    grow_old(small.root)
    small.execute("DROP INDEX ix_name")
    assert small.check().passed
    small.execute("DROP INDEX ix_name")
    assert not small.check().unchanged


def test_another_search_path_is_another_question(small: Subject, tmp_path: Path) -> None:
    """A folder more in which Python looks may hold other models: what is known is known for one path."""
    grow_old(small.root)  # another test's files were put back just now
    sys.path.insert(0, str(tmp_path))
    try:
        assert not small.check().unchanged
        assert small.check().unchanged
    finally:
        sys.path.remove(str(tmp_path))
    assert not small.check().unchanged
    assert small.check().unchanged


def test_a_module_that_is_older_than_its_file_is_not_remembered(
    small: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that imported the models before they were edited compares what it has, and keeps quiet."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # Python takes it for that of the edited file
    sys.path.insert(0, str(small.root))
    try:
        __import__("shop.models")
        edited(small.models, WIDER)
        settle(small.models)
        assert small.migrator().check(full=True).passed
        assert not small.migrator().check().unchanged
    finally:
        sys.path.remove(str(small.root))
        for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
            del sys.modules[name]
    assert small.check().verdict is Verdict.DRIFT


def _damages(text: bytes) -> Iterator[bytes]:
    yield b""
    yield text[:100]
    yield text[:-1]
    yield text.replace(b'"files"', b'"piles"')
    yield text.replace(b'["models"]', b"[]")
    yield text.partition(b"\n")[0] + b"\n{}"
    yield b"\xff\xfe" * 50


def test_a_damaged_memory_is_none(small: Subject) -> None:
    """Cut off, garbled or of another make: the check is made, and the memory mended."""
    grow_old(small.root)
    (path,) = (small.root / ".limosa" / "cache").glob("check-*.json")
    text = path.read_bytes()
    for damaged in _damages(text):
        path.write_bytes(damaged)
        assert not small.check().unchanged, damaged[:40]
        assert small.check().unchanged


def test_another_question_has_another_memory(small: Subject) -> None:
    """Another environment, and -x arguments, may mean other models."""
    (small.root / "limosa.toml").write_text('[environments.other]\nx = ["a=b"]\n')
    other = Migrator(project=small.root, url=small.url, environment="other")
    with_other: CheckReport = other.check()
    assert not with_other.unchanged
    assert small.check().unchanged


def test_a_cache_that_cannot_be_written_is_no_error(small: Subject) -> None:
    """The check is made each time."""
    cache = small.root / ".limosa" / "cache"
    elsewhere = cache.rename(cache.with_name("elsewhere"))
    cache.write_text("in the way")
    assert small.check().passed
    assert not small.check().unchanged
    cache.unlink()
    elsewhere.rename(cache)


def test_the_history_is_replayed_once(small: Subject) -> None:
    """The schema that the revisions make is known by what they do, whatever their layout."""
    grow_old(small.root)
    assert not small.check(history=True).unchanged
    assert small.check(history=True).unchanged
    (path,) = (small.root / ".limosa" / "cache").glob("history-*.json")
    before = path.read_bytes()
    (revision,) = small.project.versions.glob("0001*.py")
    revision.write_text(revision.read_text() + "\n\n# a comment\n")
    assert small.check(history=True).unchanged
    revision.write_text(revision.read_text().replace("String(20)", "String(21)"))
    expected = "alter column documents.name from VARCHAR(20) NOT NULL to VARCHAR(21) NOT NULL"
    assert small.operations(history=True) == [expected]
    assert path.read_bytes() != before


def test_nothing_heavy_is_imported(subject: Subject) -> None:
    """Where nothing has changed, a whole process asks without SQLAlchemy, Alembic and the models."""

    def asked() -> tuple[str, set[str]]:
        done = subprocess.run(
            [sys.executable, "-c", _COUNT],
            cwd=subject.root,
            env={**os.environ, "LIMOSA_URL": subject.url},
            capture_output=True,
            text=True,
            check=True,
        )
        unchanged, *modules = done.stdout.split()
        return unchanged, set(modules)

    first, second = asked(), asked()
    assert first[0] == "False"
    assert {"sqlalchemy", "alembic", "shop"} <= first[1]
    assert second[0] == "True"
    assert not {"sqlalchemy", "alembic", "shop", "click", "rich"} & second[1]
