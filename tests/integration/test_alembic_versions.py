"""What older Alembics lack is named or made up for; each test runs on the lowest and on the newest one."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa.alembic_bridge.older import HAS_PLUGINS, READS_PYPROJECT
from limosa.alembic_bridge.project import AlembicProject, script_directory
from limosa.config.scaffold import scaffold
from limosa.errors import ConfigError


def test_a_project_in_pyproject_needs_an_alembic_that_reads_it(tmp_path: Path) -> None:
    """Alembic before 1.16 would find no options: the error names the version that does."""
    (tmp_path / "scripts" / "versions").mkdir(parents=True)
    toml = tmp_path / "pyproject.toml"
    toml.write_text('[tool.alembic]\nscript_location = "scripts"\n')
    project = AlembicProject(tmp_path, toml=toml)

    if READS_PYPROJECT:
        assert Path(script_directory(project).dir) == Path("scripts")
    else:
        with pytest.raises(ConfigError, match=r"1\.16 is the first") as refused:
            script_directory(project)
        assert "alembic>=1.16" in str(refused.value.hint)


@pytest.mark.parametrize("separator", ["os", "newline"])
def test_paths_are_split_as_the_newest_alembic_does(separator: str, tmp_path: Path) -> None:
    """``path_separator`` is obeyed also by an Alembic that does not know the word, a % in a path included."""
    for name in ("a%b", "c d"):
        (tmp_path / name).mkdir()
    joined = {"os": "a%%b:c d", "newline": "\n  a%%b\n  c d"}[separator]
    (tmp_path / "scripts").mkdir()
    ini = tmp_path / "alembic.ini"
    ini.write_text(
        f"[alembic]\nscript_location = scripts\npath_separator = {separator}\nversion_locations = {joined}\n"
    )

    script = script_directory(AlembicProject(tmp_path, ini=ini))

    assert [Path(folder).name for folder in script._version_locations] == ["a%b", "c d"]


def test_adopting_says_what_an_alembic_without_plugins_needs(tmp_path: Path) -> None:
    """Only there, init says how to keep Limosa's tables out of 'alembic check'."""
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = scripts\n")

    said = " ".join(scaffold(tmp_path, variables={}).next_steps)

    assert ("include_name" in said) is not HAS_PLUGINS
