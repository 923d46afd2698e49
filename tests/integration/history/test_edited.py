"""A revision edited after it was applied is told as what it is, stops a run on top of it, or is accepted."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from limosa.errors import RevisionEdited, UsageError
from limosa.migrator import Migrator
from limosa.model.edit import EditKind
from limosa.model.events import Event, Notice
from limosa.model.exit_code import ExitCode
from limosa.model.run import Outcome
from limosa.observe.bus import Sink
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target

CREATE = 'op.create_table("pigeons", sa.Column("ring", sa.Integer, primary_key=True))'
WIDEN = 'op.add_column("pigeons", sa.Column("loft", sa.String(20)))'
NARROW = 'op.drop_column("pigeons", "loft")'
HELPER = '"""Columns."""\n\n\ndef width():\n    return 20\n\n\ndef other():\n    return 1\n'
USER = f"""
import sqlalchemy as sa
from alembic import op
from columns_{{mark}} import width

revision = "r2"
down_revision = "r1"


def upgrade():
    op.add_column("pigeons", sa.Column("loft", sa.String(width())))


def downgrade():
    {NARROW}
"""


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def made(project: MakeProject, engine: Target) -> AlembicProject:
    """A project with two revisions that are applied and a third that is not."""
    return applied(project(url=engine.url))


def applied(made: AlembicProject) -> AlembicProject:
    """Write three revisions and apply two of them."""
    made.revise("r1", None, upgrade=CREATE, downgrade='op.drop_table("pigeons")')
    made.revise("r2", "r1", upgrade=WIDEN, downgrade=NARROW)
    limosa(made).upgrade()
    made.revise("r3", "r2", upgrade='op.create_table("lofts", sa.Column("id", sa.Integer))')
    return made


def limosa(made: AlembicProject, *sinks: Sink) -> Migrator:
    """Open the project anew."""
    return Migrator(project=made.root, sinks=sinks)


def edit(made: AlembicProject, change: Callable[[str], str]) -> Path:
    """Edit the second revision."""
    path = made.versions / "r2_revision_r2.py"
    path.write_text(change(path.read_text()))
    return path


def reformat(text: str) -> str:
    """Change layout, a comment and the docstring."""
    text = text.replace('"""revision r2', '"""another word', 1)
    return text.replace("def upgrade():\n", "def upgrade( ):\n    # wider\n\n", 1).replace('"', "'") + "\n\n"


def widen(text: str) -> str:
    """Change what it does."""
    return text.replace("String(20)", "String(40)")


def marks(made: AlembicProject) -> dict[str, str]:
    """What history says of each edited revision."""
    return {e.revision.id: e.edit.mark for e in limosa(made).history() if e.edit is not None}


def test_what_was_not_edited_is_not_told(made: AlembicProject) -> None:
    """Nothing is said of files as they were applied, nor of one whose time alone is new."""
    edit(made, str)

    assert limosa(made).edits() == ()
    assert marks(made) == {}
    assert limosa(made).show("r2").edit is None
    assert limosa(made).status(with_edits=True).edited == ()
    assert limosa(made).upgrade().outcome is Outcome.APPLIED


def test_a_changed_revision_stops_every_run_that_has_something_to_do(
    made: AlembicProject, engine: Target
) -> None:
    """Up and down are refused with exit code 4 and nothing is done; what has nothing to do goes on."""
    path = edit(made, widen)

    for verb, target in (("upgrade", "head"), ("downgrade", "r1")):
        with pytest.raises(RevisionEdited) as caught:
            getattr(limosa(made), verb)(target)
        assert caught.value.exit_code is ExitCode.DRIFT
        assert caught.value.fields == {"revisions": ("r2",), "paths": (str(path),)}
        assert "'r2' was changed after it was applied" in caught.value.message
        assert getpass.getuser() in caught.value.message
        assert "limosa show r2" in str(caught.value.hint)
        assert "limosa accept r2 --reason" in str(caught.value.hint)
    assert "lofts" not in engine.tables()
    assert limosa(made).upgrade("r2").outcome is Outcome.NOTHING_TO_DO
    assert len(limosa(made).record()) == 2


def test_a_changed_revision_is_shown_with_both_texts(made: AlembicProject) -> None:
    """History and status mark it; show has what was applied and what is on disk as one difference."""
    path = edit(made, widen)

    assert marks(made) == {"r2": "edited: changed"}
    assert limosa(made).status(with_edits=True).edited == ("r2",)
    assert limosa(made).status().edited == ()
    assert limosa(made).show("r1").edit is None
    found = limosa(made).show("r2").edit
    assert found is not None
    assert found.kind is EditKind.CHANGED
    assert found.diff is not None
    lines = found.diff.splitlines()
    assert lines[0].startswith(f"--- {path} (applied 20")
    assert lines[1] == f"+++ {path} (on disk)"
    assert [line.strip() for line in lines if line[0] in "+-"][2:] == [
        f"-    {WIDEN}",
        f"+    {widen(WIDEN)}",
    ]
    assert limosa(made).edits() == (found,)


def test_a_cosmetic_edit_is_a_warning(made: AlembicProject, engine: Target) -> None:
    """Layout, comments and docstrings stop nothing; the run says so once."""
    edit(made, reformat)
    assert marks(made) == {"r2": "edited: cosmetic"}
    assert limosa(made).status(with_edits=True).edited == ()

    heard: list[Event] = []
    assert limosa(made, heard.append).upgrade().outcome is Outcome.APPLIED

    told = [event.text for event in heard if isinstance(event, Notice)]
    assert told == ["edited since applied, in layout, comments or docstrings only: 'r2'"]
    assert "lofts" in engine.tables()


def test_accepting_silences_exactly_that_edit(made: AlembicProject, engine: Target) -> None:
    """Who, when, why, from and to are kept; the run goes on; a further edit is told, the old is not."""
    original = edit(made, str).read_text()
    path = edit(made, widen)
    (before,) = limosa(made).edits()

    word = limosa(made).accept("r2", reason="the column was widened by hand")

    assert (word.revision, word.reason) == ("r2", "the column was widened by hand")
    assert (word.applied, word.on_disk) == (before.applied, before.on_disk)
    assert word.accepted_by.startswith(f"{getpass.getuser()}@")
    assert marks(made) == {"r2": "edited, accepted"}
    assert limosa(made).show("r2").edit == replace(before, acceptance=word)
    assert limosa(made).accept("r2", reason="again") == word
    assert limosa(made).upgrade().outcome is Outcome.APPLIED

    path.write_text(widen(original).replace("String(40)", "String(60)"))
    assert marks(made) == {"r2": "edited: changed"}
    with pytest.raises(RevisionEdited):
        limosa(made).downgrade("r2")
    path.write_text(original)
    assert marks(made) == {}
    path.write_text(widen(original))
    assert marks(made) == {"r2": "edited, accepted"}
    table = "limosa_acceptance" if engine.engine == "sqlite" else "limosa.acceptance"
    assert engine.rows(f"SELECT revision, reason FROM {table}") == [("r2", word.reason)]


def test_accepting_layout_silences_the_warning(made: AlembicProject) -> None:
    """A cosmetic edit can be accepted, and is not told of again."""
    edit(made, reformat)
    limosa(made).accept("r2", reason="formatted")

    heard: list[Event] = []
    limosa(made, heard.append).upgrade()
    assert not [event for event in heard if isinstance(event, Notice)]


def test_there_must_be_something_to_accept(made: AlembicProject) -> None:
    """A revision that was not edited, one that is not applied, and an empty reason are refused."""
    for revision in ("r2", "r3"):
        with pytest.raises(UsageError, match="nothing to accept"):
            limosa(made).accept(revision, reason="because")
    edit(made, widen)
    with pytest.raises(UsageError, match="the reason is empty"):
        limosa(made).accept("r2", reason=" ")
    assert marks(made) == {"r2": "edited: changed"}


def test_what_is_not_applied_may_be_edited(made: AlembicProject) -> None:
    """A revision taken back, or not applied yet, is nobody's business; applied again, the new text counts."""
    limosa(made).downgrade("r1")
    edit(made, widen)
    assert limosa(made).edits() == ()
    limosa(made).upgrade("r2")
    assert limosa(made).edits() == ()


def test_a_stamp_takes_no_text(made: AlembicProject) -> None:
    """What a stamp passed over is not applied; what it stands for was not applied with any known text."""
    limosa(made).stamp("r1")
    edit(made, widen)
    assert limosa(made).edits() == ()
    limosa(made).stamp("r2")
    assert marks(made) == {"r2": "edited: changed"}

    edit(made, lambda text: text.replace("String(40)", "String(20)"))
    limosa(made).downgrade("r1")
    edit(made, widen)
    limosa(made).stamp("r2")
    assert limosa(made).edits() == ()
    assert limosa(made).show("r2").is_unkept


def test_what_plain_alembic_applied_again_is_not_compared_with_before(made: AlembicProject) -> None:
    """The text of before is not what was applied last; no run of ours has to come first to know."""
    made.alembic("downgrade", "r1")
    edit(made, widen)
    made.alembic("upgrade", "r2")

    assert limosa(made).edits() == ()
    assert limosa(made).show("r2").is_unkept
    assert limosa(made).upgrade().outcome is Outcome.APPLIED
    edit(made, lambda text: text.replace("String(40)", "String(60)"))
    assert marks(made) == {"r2": "edited: changed"}


def test_what_plain_alembic_applied_counts_once_it_is_named(made: AlembicProject) -> None:
    """No text is kept until a run of ours has named it, and that is said; from then on edits are told."""
    made.alembic("upgrade", "r3")
    made.revise("r4", "r3")
    assert limosa(made).show("r3").is_unkept
    assert not limosa(made).show("r2").is_unkept
    assert not limosa(made).show("r4").is_unkept
    path = made.versions / "r3_revision_r3.py"
    path.write_text(path.read_text().replace("lofts", "roosts"))
    assert limosa(made).edits() == ()

    limosa(made).upgrade("r4")
    assert not limosa(made).show("r3").is_unkept
    path.write_text(path.read_text().replace("roosts", "cotes"))
    assert [found.revision for found in limosa(made).edits()] == ["r3"]


@pytest.fixture
def helped(project: MakeProject, engine: Target, tmp_path: Path) -> tuple[AlembicProject, Path]:
    """A project whose second revision takes a width out of a module of its own."""
    made = project(url=engine.url)
    mark = tmp_path.name  # a process's tests share its modules
    helper = made.root / f"columns_{mark}.py"
    helper.write_text(HELPER)
    made.revise("r1", None, upgrade=CREATE, downgrade='op.drop_table("pigeons")')
    made.add("r2.py", USER.format(mark=mark))
    limosa(made).upgrade()
    made.revise("r3", "r2")
    return made, helper


def test_a_changed_helper_is_a_changed_revision(helped: tuple[AlembicProject, Path]) -> None:
    """The revision's own text is the same, and what it does is not; the difference is the module's."""
    made, helper = helped
    helper.write_text(HELPER.replace("20", "40"))

    with pytest.raises(RevisionEdited) as caught:
        limosa(made).upgrade()
    assert caught.value.fields == {"revisions": ("r2",), "paths": (helper.name,)}
    (found,) = limosa(made).edits()
    assert found.diff is not None
    assert "-    return 20\n+    return 40\n" in found.diff
    limosa(made).accept("r2", reason="was widened by hand")
    assert limosa(made).upgrade().outcome is Outcome.APPLIED
    helper.write_text(HELPER.replace("20", "60"))
    with pytest.raises(RevisionEdited):
        limosa(made).downgrade("r2")


def test_an_edit_that_does_not_reach_the_revision_is_none(helped: tuple[AlembicProject, Path]) -> None:
    """Another function of the module may change, and the module may be laid out anew, which is cosmetic."""
    made, helper = helped
    helper.write_text(HELPER.replace("return 1", "return 2"))
    assert limosa(made).edits() == ()
    helper.write_text("# widths\n" + HELPER)
    assert marks(made) == {"r2": "edited: cosmetic"}
    assert limosa(made).upgrade().outcome is Outcome.APPLIED


def test_a_helper_that_is_gone_is_a_change(helped: tuple[AlembicProject, Path]) -> None:
    """Without it the revision cannot even be taken back."""
    made, helper = helped
    helper.unlink()
    (found,) = limosa(made).edits()
    assert (found.kind, found.paths) == (EditKind.CHANGED, (helper.name,))
    assert found.diff is not None
    assert "+++ (no longer there)" in found.diff
