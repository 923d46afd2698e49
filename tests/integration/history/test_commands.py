"""What the commands say of edited and missing revisions, and the exit codes they end with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell


@pytest.fixture
def made(project: MakeProject, sqlite: Target) -> AlembicProject:
    """A project with two revisions that are applied, and one that is not."""
    made = project(url=sqlite.url)
    made.revise("r1", None, upgrade="op.execute('CREATE TABLE one (id integer)')")
    made.revise("r2", "r1", downgrade="op.execute('DROP TABLE one')")
    Shell(made.root).limosa("upgrade")
    made.revise("r3", "r2")
    return made


def second(made: AlembicProject) -> Path:
    """The second revision's file."""
    return made.versions / "r2_revision_r2.py"


def test_an_edit_from_finding_it_to_accepting_it(made: AlembicProject) -> None:
    """Status and history mark it, upgrade ends with 4 and names the next commands, which do what they say."""
    shell, path = Shell(made.root), second(made)
    path.write_text(path.read_text().replace("DROP TABLE one", "DROP TABLE two"))

    assert "r2: changed after being applied (limosa show r2)" in shell.limosa("status").stdout
    assert shell.json("status")["edited"] == ["r2"]
    assert "edited: changed" in shell.limosa("history").stdout
    refused = shell.limosa("upgrade", code=4).stderr
    assert "revision 'r2' was changed after it was applied" in refused
    assert "limosa accept r2 --reason" in refused
    shown = shell.limosa("show", "r2").stdout
    assert "-    op.execute('DROP TABLE one')\n+    op.execute('DROP TABLE two')" in shown
    assert "Missing option '--reason'" in shell.limosa("accept", "r2", code=2).stderr.replace(
        "missing", "Missing"
    )
    accepted = shell.json("accept", "r2", "--reason", "one was renamed by hand")
    assert accepted["reason"] == "one was renamed by hand"
    assert accepted["applied"] != accepted["on_disk"]
    assert "accepted r2" in shell.limosa("accept", "r2", "--reason", "twice").stdout
    assert "one was renamed by hand" in shell.limosa("show", "r2").stdout
    assert "edited, accepted" in shell.limosa("history").stdout
    shell.limosa("upgrade")


def test_nothing_to_accept(made: AlembicProject) -> None:
    """It is a mistake of the caller's."""
    assert "nothing to accept" in Shell(made.root).limosa("accept", "r2", "--reason", "x", code=2).stderr


def test_a_missing_revision_from_finding_it_to_taking_it_back(made: AlembicProject, sqlite: Target) -> None:
    """Upgrade ends with 10; the command that status names works as it stands, --yes apart."""
    shell = Shell(made.root)
    second(made).unlink()
    (made.versions / "r3_revision_r3.py").unlink()

    page = shell.limosa("status", "--exit-code", code=10).stdout
    assert str(second(made)) in page
    assert "limosa downgrade r1" in page
    assert shell.json("status")["recover"] == "limosa downgrade r1"
    assert "limosa downgrade r1" in shell.limosa("upgrade", code=10).stderr
    assert "limosa downgrade r1 --yes" in shell.limosa("downgrade", "r1", code=2).stderr
    shell.limosa("downgrade", "r1", "--yes")
    assert sqlite.rows("SELECT version_num FROM alembic_version") == [("r1",)]


def test_what_plain_alembic_applied_is_said(made: AlembicProject) -> None:
    """Show says why nothing can be compared."""
    made.alembic("upgrade", "head")
    assert "what was applied is not known" in Shell(made.root).limosa("show", "r3").stdout
