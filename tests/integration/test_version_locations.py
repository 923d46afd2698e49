"""For one run, revisions may come from other folders than the project's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa.alembic_bridge.project import AlembicProject as Bridged
from limosa.alembic_bridge.project import script_directory
from tests.fixtures.projects import MakeProject


def bridged(root: Path, *folders: Path) -> Bridged:
    """Name the project as the bridge knows it."""
    ini, toml = root / "alembic.ini", root / "pyproject.toml"
    return Bridged(
        root, ini=ini, toml=toml if toml.exists() else None, url=None, version_locations=tuple(folders)
    )


@pytest.mark.parametrize("template", ["generic", "pyproject"])
def test_other_folders_take_the_place_of_the_projects_own(
    project: MakeProject, tmp_path: Path, template: str
) -> None:
    """Only what lies in the folders is a revision, a folder with a blank and a comma in its name included."""
    made = project(template, url="sqlite:///x.db")
    own = made.revise("r1", None)
    elsewhere = tmp_path / "stored, for one run"
    elsewhere.mkdir()
    made.revise("r2", "r1").rename(elsewhere / "r2.py")

    alone = script_directory(bridged(made.root))
    assert [one.revision for one in alone.walk_revisions()] == ["r1"]
    both = script_directory(bridged(made.root, made.versions, elsewhere))
    assert [one.revision for one in both.walk_revisions()] == ["r2", "r1"]

    (elsewhere / "r1.py").write_bytes(own.read_bytes())
    other = script_directory(bridged(made.root, elsewhere))
    assert {Path(one.path).parent for one in other.walk_revisions()} == {elsewhere}


def test_without_other_folders_the_projects_own_serve(project: MakeProject) -> None:
    """The project's ``version_locations`` are as they were."""
    made = project(url="sqlite:///x.db")
    made.revise("r1", None)

    assert script_directory(bridged(made.root)).get_current_head() == "r1"
