"""A database that is ahead says who brought it there and how to get back, and what it keeps leads down."""

from __future__ import annotations

import fcntl
import getpass
import shutil
import socket
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from limosa.errors import Ahead, RevisionEdited, RevisionFailed
from limosa.migrator import Migrator
from limosa.model.exit_code import ExitCode
from limosa.model.revision import Direction
from limosa.model.status import State
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


def table(name: str) -> dict[str, str]:
    """The two functions of a revision that makes a table."""
    return {
        "upgrade": f'op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True))',
        "downgrade": f'op.drop_table("{name}")',
    }


@pytest.fixture
def made(project: MakeProject, engine: Target) -> AlembicProject:
    """A project of which this image has one revision, and the database three."""
    made = project(url=engine.url)
    made.revise("r1", None, **table("one"))
    made.revise("r2", "r1", **table("two"))
    made.revise("r3", "r2", **table("three"))
    return made


def limosa(made: AlembicProject) -> Migrator:
    """Open the project anew."""
    return Migrator(project=made.root)


def forget(made: AlembicProject, *names: str) -> None:
    """Go back to an image that does not have these revisions."""
    for name in names:
        for path in made.versions.glob(f"{name}*.py"):
            path.unlink()


def leftovers() -> set[Path]:
    """What lies in the folder for temporary files."""
    return set(Path(tempfile.gettempdir()).glob("limosa-stored-*"))


def test_status_says_who_and_how_to_get_back(made: AlembicProject) -> None:
    """Who, when, with what, from which file; and the exact command, which works."""
    limosa(made).upgrade()
    path = made.versions / "r3_revision_r3.py"
    forget(made, "r2", "r3")

    status = limosa(made).status()

    assert status.state is State.AHEAD
    (one,) = status.unknown
    assert (one.revision, one.path, one.is_kept) == ("r3", str(path), True)
    assert one.applied_by == f"{getpass.getuser()}@{socket.gethostname()}"
    assert one.tool == f"limosa {version('limosa')}"
    assert one.applied_at is not None
    assert status.recover == "limosa downgrade r1"
    assert status.reason is not None
    assert "it is 2 revisions ahead" in status.reason


def test_going_up_is_refused_with_the_way_back(made: AlembicProject, engine: Target) -> None:
    """Upgrade, stamp and plan end with exit code 10, say the same, and do nothing."""
    limosa(made).upgrade()
    forget(made, "r2", "r3")

    calls: list[Callable[[], object]] = [
        lambda: limosa(made).upgrade(),
        lambda: limosa(made).stamp("r1"),
        lambda: limosa(made).pending(),
    ]
    for call in calls:
        with pytest.raises(Ahead) as caught:
            call()
        error = caught.value
        assert error.exit_code is ExitCode.AHEAD
        assert "is at revision 'r3', which no file here defines" in error.message
        assert f"{getpass.getuser()}@{socket.gethostname()} applied 'r3' at 20" in error.message
        assert str(made.versions / "r3_revision_r3.py") in error.message
        assert "limosa downgrade r1" in str(error.hint)
        assert error.fields["command"] == "limosa downgrade r1"
    assert engine.rows("SELECT version_num FROM alembic_version") == [("r3",)]


def test_the_older_image_goes_down(made: AlembicProject, engine: Target) -> None:
    """What is kept runs as any other run does: planned, recorded with its text; nothing is left behind."""
    limosa(made).upgrade()
    forget(made, "r2", "r3")
    before = leftovers()

    plan = limosa(made).plan("r1", direction=Direction.DOWNGRADE)
    assert [step.revision.id for step in plan.steps] == ["r3", "r2"]
    report = limosa(made).downgrade("r1")

    assert [(step.revision, step.direction) for step in report.steps] == [
        ("r3", Direction.DOWNGRADE),
        ("r2", Direction.DOWNGRADE),
    ]
    assert {"one"} == engine.tables() & {"one", "two", "three"}
    assert limosa(made).status().state is State.AT_HEAD
    up, down = (
        [e for e in limosa(made).record() if (e.revision, e.direction) == ("r3", way)]
        for way in ("upgrade", "downgrade")
    )
    assert down[0].checksum == up[0].checksum
    assert down[0].run == report.number
    source = "limosa_source" if engine.engine == "sqlite" else "limosa.source"
    assert engine.rows(f"SELECT count(*) FROM {source}") == [(3,)]
    assert engine.rows(f"SELECT count(*) FROM {source} WHERE path LIKE '%limosa-stored%'") == [(0,)]
    assert leftovers() == before


def test_the_way_down_is_planned_with_its_statements(made: AlembicProject, engine: Target) -> None:
    """The statements of what is not on disk are captured on a scratch copy; the database is as it was."""
    limosa(made).upgrade()
    forget(made, "r2", "r3")

    plan = limosa(made).plan("r2", direction=Direction.DOWNGRADE, statements=True)

    (step,) = plan.steps
    assert step.statements is not None
    assert "DROP TABLE three" in " ".join(" ".join(one.text.split()) for one in step.statements)
    assert "three" in engine.tables()


def test_what_a_killed_process_left_is_swept_away(made: AlembicProject) -> None:
    """A folder whose owner is gone goes with the next way down; one whose owner lives stays."""
    dead, alive = (Path(tempfile.mkdtemp(prefix="limosa-stored-")) for _ in range(2))
    (dead / "lock").touch()
    limosa(made).upgrade()
    forget(made, "r3")
    with (alive / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        limosa(made).downgrade("r2")
        assert not dead.exists()
        assert alive.exists()
    shutil.rmtree(alive)


def test_partly_ahead(made: AlembicProject, engine: Target) -> None:
    """Of an unknown chain any part can be taken back, by its ids, by -1 and by the beginning of an id."""
    limosa(made).upgrade()
    forget(made, "r2", "r3")

    assert limosa(made).downgrade("-1").after == ("r2",)
    assert limosa(made).status().state is State.AHEAD
    assert limosa(made).downgrade("base").after == ()
    assert {"one", "two", "three"}.isdisjoint(engine.tables())


def test_a_failure_on_the_way_leaves_a_whole_database(made: AlembicProject, engine: Target) -> None:
    """What was taken back stays so, the step that failed is undone, and a second run goes on."""
    limosa(made).upgrade()
    forget(made, "r2", "r3")
    engine.execute("DROP TABLE two", "CREATE TABLE sentinel (id integer)")
    before = leftovers()

    with pytest.raises(RevisionFailed):
        limosa(made).downgrade("r1")
    assert engine.rows("SELECT version_num FROM alembic_version") == [("r2",)]
    assert leftovers() == before
    engine.execute("CREATE TABLE two (id integer)")
    assert limosa(made).downgrade("r1").after == ("r1",)


def test_on_branches_only_the_unknown_goes(project: MakeProject, engine: Target) -> None:
    """The way back leaves what is on disk; with two unknown branches it is two commands."""
    made = project(url=engine.url)
    made.revise("a1", None, **table("one"))
    made.revise("b1", "a1", **table("two"))
    made.revise("c1", "a1", **table("three"))
    made.revise("c2", "c1", **table("four"))
    limosa(made).upgrade("heads")
    forget(made, "c1", "c2")

    status = limosa(made).status()
    assert status.state is State.DIVERGED
    assert [one.revision for one in status.unknown] == ["c2"]
    assert status.recover == "limosa downgrade c1@a1"
    assert limosa(made).downgrade("c1@a1").after == ("b1",)
    assert limosa(made).status().state is State.AT_HEAD

    forget(made, "b1")
    assert limosa(made).status().recover == "limosa downgrade a1"


def test_over_a_merge(project: MakeProject, engine: Target) -> None:
    """An unknown merge and one of its branches go; the other branch, on disk, stays."""
    made = project(url=engine.url)
    made.revise("a1", None, **table("one"))
    made.revise("b1", "a1", **table("two"))
    made.revise("c1", "a1", **table("three"))
    made.revise("m1", ("b1", "c1"))
    limosa(made).upgrade()
    forget(made, "c1", "m1")

    command = limosa(made).status().recover
    assert command is not None
    for part in command.split(" && "):
        limosa(made).downgrade(part.removeprefix("limosa downgrade "))
    assert engine.rows("SELECT version_num FROM alembic_version") == [("b1",)]


def test_without_a_kept_text(made: AlembicProject, engine: Target) -> None:
    """Plain Alembic leaves none: it is said so, nobody guesses a way down, and the hint finds the code."""
    limosa(made).upgrade("r2")
    made.alembic("upgrade", "r3")
    forget(made, "r2", "r3")

    with pytest.raises(Ahead) as caught:
        limosa(made).downgrade("r1")
    assert "with alembic" in caught.value.message
    assert "the text of 'r3' was not kept: plain Alembic applied it" in str(caught.value.hint)
    assert str(caught.value.hint).endswith("git log --all -- '*r3*'")
    assert engine.rows("SELECT version_num FROM alembic_version") == [("r3",)]
    assert not limosa(made).status().unknown[0].is_kept


def test_what_plain_alembic_applied_again_is_not_taken_back_with_before(made: AlembicProject) -> None:
    """The text of before is not what was applied last; coming down to a row is no applying."""
    limosa(made).upgrade()
    made.alembic("downgrade", "r2")
    kept = made.versions / "r2_revision_r2.py", (made.versions / "r2_revision_r2.py").read_text()
    forget(made, "r2")
    status = limosa_without(made, "r3").status()
    assert status.unknown[0].is_kept
    assert status.recover == "limosa downgrade r1"

    kept[0].write_text(kept[1])
    made.revise("r3", "r2", **table("three"))
    made.alembic("upgrade", "r3")
    forget(made, "r3")
    with pytest.raises(Ahead) as caught:
        limosa(made).downgrade("r2")
    assert "plain Alembic applied it" in str(caught.value.hint)


def limosa_without(made: AlembicProject, *names: str) -> Migrator:
    """Open an image that lacks these revisions."""
    forget(made, *names)
    return limosa(made)


def test_without_any_ledger(made: AlembicProject) -> None:
    """Where Limosa never ran, that is said."""
    made.alembic("upgrade", "head")
    forget(made, "r3")
    with pytest.raises(Ahead, match="nothing in it says who applied 'r3'"):
        limosa(made).downgrade("r2")


def test_an_edit_on_disk_stops_the_way_down(made: AlembicProject) -> None:
    """What is on disk is compared with what was applied here as in any other run."""
    path = made.versions / "r1_revision_r1.py"
    limosa(made).upgrade()
    forget(made, "r3")
    path.write_text(path.read_text().replace('"one"', '"uno"'))
    with pytest.raises(RevisionEdited):
        limosa(made).downgrade("r2")


HELPER = "def name():\n    return 'three'\n\n\ndef other():\n    return 1\n"
USER = """
import sqlalchemy as sa
from alembic import op
from {package}.names import name

revision = "r3"
down_revision = "r2"


def upgrade():
    op.create_table(name(), sa.Column("id", sa.Integer))


def downgrade():
    op.drop_table(name())
"""


@pytest.fixture
def helped(made: AlembicProject, tmp_path: Path) -> Path:
    """Let the third revision import a module of a package of the project's; return its folder."""
    forget(made, "r3")
    package = made.root / f"kit_{tmp_path.name}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "names.py").write_text(HELPER)
    made.add("r3.py", USER.format(package=package.name))
    limosa(made).upgrade()
    forget(made, "r3")
    return package


@pytest.mark.parametrize("what", ["module", "package", "nothing"])
def test_modules_that_are_gone_too_are_lent(
    made: AlembicProject, engine: Target, helped: Path, what: str
) -> None:
    """What the revision imported is kept with it: its module, or the package around it, may be gone."""
    if what == "module":
        (helped / "names.py").unlink()
    elif what == "package":
        shutil.rmtree(helped)
    fresh_process_forgets(helped.name)

    assert limosa(made).status().recover == "limosa downgrade r2"
    assert limosa(made).downgrade("r2").after == ("r2",)
    assert "three" not in engine.tables()
    if what != "nothing":
        with pytest.raises(ModuleNotFoundError):
            __import__(f"{helped.name}.names")


def test_a_module_that_changed_is_refused(made: AlembicProject, helped: Path) -> None:
    """Another module of that name cannot stand in; an edit that does not reach the revision is no matter."""
    names = helped / "names.py"
    names.write_text(HELPER.replace("'three'", "'two'"))
    with pytest.raises(Ahead) as caught:
        limosa(made).downgrade("r2")
    assert f"'r3' imports what is no longer as it was: '{helped.name}/names.py'" in str(caught.value.hint)

    names.write_text(HELPER.replace("return 1", "return 2"))
    fresh_process_forgets(helped.name)
    assert limosa(made).downgrade("r2").after == ("r2",)


def fresh_process_forgets(package: str) -> None:
    """Forget what this process has imported, as another one would not have it."""
    import importlib  # noqa: PLC0415  # next to what needs it
    import sys  # noqa: PLC0415

    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
    importlib.invalidate_caches()
