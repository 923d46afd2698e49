"""Everything that is wrong with revision files is found at once, and no run makes anything of such files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from limosa.errors import GraphError
from limosa.migrator import Migrator
from limosa.model.exit_code import ExitCode
from limosa.model.validate import Problem, Severity, Validation
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell

CREATE = 'op.create_table("pigeons", sa.Column("ring", sa.Integer, primary_key=True))'
DROP = 'op.drop_table("pigeons")'


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def made(project: MakeProject, engine: Target) -> AlembicProject:
    """A project with two sound revisions."""
    return sound(project(url=engine.url))


@pytest.fixture
def here(project: MakeProject, sqlite: Target) -> AlembicProject:
    """The same, where the database does not matter."""
    return sound(project(url=sqlite.url))


def sound(made: AlembicProject) -> AlembicProject:
    """Write two revisions."""
    made.revise("r1", None, upgrade=CREATE, downgrade=DROP)
    made.revise("r2", "r1")
    return made


def limosa(made: AlembicProject) -> Migrator:
    """Open the project anew."""
    return Migrator(project=made.root)


def files(made: AlembicProject) -> Validation:
    """Validate without a database."""
    return limosa(made).validate(files_only=True)


def only(found: Validation) -> Problem:
    """The one problem of a project."""
    (problem,) = found.problems
    assert problem.hint
    return problem


def two_heads(made: AlembicProject) -> tuple[list[Path], str]:
    """Two revisions follow the first."""
    other = made.revise("x2", "r1")
    return [made.versions / "r2_revision_r2.py", other], "alembic merge -m 'merge heads' r2 x2"


def cycle(made: AlembicProject) -> tuple[list[Path], str]:
    """Two revisions follow each other."""
    return [made.revise("c1", "c2"), made.revise("c2", "c1")], "correct the down_revision of one of"


def gap(made: AlembicProject) -> tuple[list[Path], str]:
    """Two revisions follow one that is not there."""
    return [made.revise("g1", "rr1"), made.revise("g2", "rr1")], "did you mean 'r1'?"


def duplicate(made: AlembicProject) -> tuple[list[Path], str]:
    """One id in two files."""
    path = made.versions / "r2_revision_r2.py"
    copy = made.add("copy.py", path.read_text())
    return [copy, path], f"delete it if it is a copy: rm {path}"


def broken(made: AlembicProject) -> tuple[list[Path], str]:
    """A file that is not Python."""
    return [made.add("b1.py", "revision = 'b1'\ndown_revision = 'r2'\n\ndef upgrade(:\n")], "py_compile"


Damage = Callable[[AlembicProject], tuple[list[Path], str]]
DAMAGES: list[Damage] = [two_heads, cycle, gap, duplicate, broken]


def test_a_sound_project_passes(made: AlembicProject, engine: Target) -> None:
    """Without a database, on a new one, and after a run; nothing is created by looking."""
    assert files(made) == Validation(
        2, (), ("edits after applying were not looked for: no database was asked",)
    )
    assert limosa(made).validate() == Validation(2, ())
    assert nothing_in(engine)
    limosa(made).upgrade()
    assert limosa(made).validate() == Validation(2, ())


def nothing_in(engine: Target) -> bool:
    """Is the database as it was before anybody came? A file that was not there must not be."""
    if engine.engine == "sqlite":
        return not list(engine.path.parent.glob(f"{engine.path.name}*"))
    return (
        engine.tables() == set() and engine.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'limosa'") == []
    )


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
def test_a_contradiction_is_one_error_and_nothing_is_created(
    made: AlembicProject, engine: Target, damage: Damage
) -> None:
    """Validate and upgrade name all files and the fix alike; no table, schema or file comes of it."""
    paths, fix = damage(made)

    problem = only(limosa(made).validate())
    with pytest.raises(GraphError) as caught:
        limosa(made).upgrade()

    names = sorted(str(path) for path in paths)
    assert sorted(problem.paths) == sorted(caught.value.fields["paths"]) == names
    assert all(name in problem.message or name in str(problem.hint) for name in names)
    assert (problem.message, problem.hint) == (caught.value.message, caught.value.hint)
    assert fix in str(problem.hint)
    assert problem.severity is Severity.ERROR
    assert caught.value.exit_code is ExitCode.FAILURE
    assert nothing_in(engine)


def test_a_syntax_error_has_its_line(here: AlembicProject) -> None:
    """The line is a field, and in the message."""
    broken(here)
    problem = only(files(here))
    assert problem.line == 4
    assert "line 4" in problem.message


def test_all_problems_are_told_at_once(here: AlembicProject) -> None:
    """A person mends all of them in one go."""
    cycle(here)
    gap(here)
    duplicate(here)
    here.revise("l1", "r2", labels="lofts")
    here.revise("l2", "l1", labels="lofts")
    here.revise("d1", "l2", depends="nobody")
    here.revise("s1", "s1")

    messages = [problem.message for problem in files(here).problems]

    wanted = (
        "defined twice",
        "already used",
        "depends on",
        "follow revision",
        "'c1' -> 'c2' -> 'c1'",
        "'s1' -> 's1'",
    )
    assert [sum(each in message for message in messages) for each in wanted] == [1] * len(wanted)
    assert len(messages) == len(wanted)


def test_a_broken_file_makes_no_gap(here: AlembicProject) -> None:
    """What follows a file that cannot be read is not told as a second error."""
    broken(here)
    here.revise("b2", "b1")
    assert "is not Python" in only(files(here)).message


def test_branches_with_labels_are_meant(here: AlembicProject) -> None:
    """Two heads are an error unless each has a label of its own; one that both share tells neither."""
    here.revise("x1", None, labels="birds")
    assert "there are 2" in only(files(here)).message
    here.revise("y2", "r1", labels="lofts")
    (here.versions / "r2_revision_r2.py").unlink()
    assert files(here).problems == ()
    here.revise("x2", "x1")
    here.revise("x3", "x1")
    assert "there are 3" in only(files(here)).message


def test_both_functions(here: AlembicProject) -> None:
    """A missing function is an error; an empty downgrade where upgrade does something is a warning."""
    text = "revision = '{0}'\ndown_revision = '{1}'\n\n\n"
    up, down = "def upgrade():\n    print(1)\n\n\n", "def downgrade():\n    '''Not yet.'''\n    return None\n"
    here.add("r3.py", text.format("r3", "r2") + up)
    here.add("r4.py", text.format("r4", "r3") + down)
    here.add("r5.py", text.format("r5", "r4") + up + down)

    found = files(here)

    assert [(one.subject, one.severity, Path(one.paths[0]).name) for one in found.problems] == [
        ("functions", Severity.ERROR, "r3.py"),
        ("functions", Severity.ERROR, "r4.py"),
        ("functions", Severity.WARNING, "r5.py"),
    ]
    assert "has no downgrade()" in found.problems[0].message
    assert "has no upgrade()" in found.problems[1].message
    assert "downgrade() of revision 'r5' does nothing" in found.problems[2].message
    assert len(found.errors) == 2


HEADER = (
    "revision = '{0}'\ndown_revision = '{1}'\n\n\n"
    "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n\n\n"
)


@pytest.mark.parametrize(
    ("code", "words", "line"),
    [
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'", 13),
        ("x = 1\n1 / 0", "ZeroDivisionError: division by zero", 14),
        ("import sys\nsys.exit(3)", "SystemExit: 3", 14),
        ("raise KeyboardInterrupt", "it ended the process", None),
        ("import os\nos._exit(0)", "it ended the process", None),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "it ended the process", None),
    ],
)
def test_a_file_that_cannot_be_executed(
    here: AlembicProject, code: str, words: str, line: int | None
) -> None:
    """Whatever it does when it is imported is told with its line; the files after it are looked at, too."""
    bad = here.add("r3.py", HEADER.format("r3", "r2") + code + "\n")
    last = here.add("r4.py", HEADER.format("r4", "r3") + "raise ValueError('last')\n")

    first, second = files(here).problems

    assert (first.subject, first.paths, first.line) == ("execution", (str(bad),), line)
    assert words in first.message
    assert second.paths == (str(last),)
    assert "ValueError: last" in second.message


def test_what_a_file_prints_is_heard_by_nobody(
    here: AlembicProject, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the report nor the terminal is disturbed; and the caller's modules are as they were."""
    here.add("r3.py", HEADER.format("r3", "r2") + "import antigravity_test_name as _\n")
    (here.root / "antigravity_test_name.py").write_text("print('noise')\n")
    assert files(here).problems == ()
    assert "noise" not in "".join(capfd.readouterr())
    assert "antigravity_test_name" not in sys.modules


def test_a_file_that_never_ends(here: AlembicProject) -> None:
    """It is given up after its time, and the rest is looked at."""
    from limosa.alembic_bridge.executing import unfit_files  # noqa: PLC0415  # only this test waits

    slow = here.add("r3.py", HEADER.format("r3", "r2") + "while True:\n    pass\n")
    bad = here.add("r4.py", HEADER.format("r4", "r3") + "1 / 0\n")
    found = list(unfit_files([slow, bad], root=here.root, search=sys.path, timeout_s=3))
    assert [error.fields["paths"] for error in found] == [(str(slow),), (str(bad),)]
    assert "had not ended after 3 s" in found[0].message


def test_edits_are_found_with_their_difference(made: AlembicProject) -> None:
    """Changed is an error, cosmetic a warning, accepted is none; without a database nobody looks."""
    limosa(made).upgrade()
    first, second = made.versions / "r1_revision_r1.py", made.versions / "r2_revision_r2.py"
    first.write_text(first.read_text().replace("Integer", "BigInteger"))
    second.write_text(second.read_text() + "# a word\n")

    changed, cosmetic = limosa(made).validate().problems

    assert (changed.subject, changed.severity, changed.paths) == ("edited", Severity.ERROR, (str(first),))
    assert changed.edit is not None
    assert '+    op.create_table("pigeons", sa.Column("ring", sa.BigInteger' in str(changed.edit.diff)
    assert (cosmetic.severity, cosmetic.paths) == (Severity.WARNING, (str(second),))
    assert files(made).problems == ()
    for name in ("r1", "r2"):
        limosa(made).accept(name, reason="meant")
    assert limosa(made).validate().problems == ()


def test_what_plain_alembic_applied_is_said(here: AlembicProject) -> None:
    """No text was kept, so nothing can be compared."""
    here.alembic("upgrade", "head")
    found = limosa(here).validate()
    assert found.problems == ()
    assert "of 2 applied revisions no text was kept" in found.notes[0]


def test_an_unreachable_database_is_no_error(here: AlembicProject) -> None:
    """The files are looked at, and it is said what was not."""
    here.set_url("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    found = limosa(here).validate()
    assert found.problems == ()
    assert "not looked for" in found.notes[0]


@pytest.mark.parametrize(("edit", "code"), [("sound", 0), ("cosmetic", 0), ("changed", 4), ("broken", 1)])
def test_the_command(here: AlembicProject, edit: str, code: int) -> None:
    """Exit code 0 for warnings, 4 for edits alone, 1 for the rest; one JSON document, or a page."""
    limosa(here).upgrade()
    path = here.versions / "r1_revision_r1.py"
    text = path.read_text()
    path.write_text({"cosmetic": text + "# x\n", "changed": text + "x = 1\n"}.get(edit, text))
    if edit == "broken":
        broken(here)

    shell = Shell(here.root)
    page = shell.limosa("validate", code=code).stdout
    document = shell.json("validate", code=code)

    assert len(document["problems"]) == (0 if edit == "sound" else 1)
    if edit == "sound":
        assert page.endswith("2 revisions, no problem\n")
    if edit == "changed":
        assert "  +x = 1\n" in page
        assert "limosa accept r1 --reason" in page
