"""Alembic's own options, read without Alembic."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from limosa.config import AlembicFacts, alembic_facts, load
from limosa.errors import ConfigError


def facts(folder: Path, *, section: str | None = None, **files: str) -> AlembicFacts:
    """Write files named by keyword into a folder and read the facts."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return alembic_facts(load(project=folder, section=section, variables={}))


def test_defaults_are_those_of_alembic(tmp_path: Path) -> None:
    """A file with nothing but the location leaves the rest as Alembic has it."""
    found = facts(tmp_path, alembic_ini="[alembic]\nscript_location = migrations\n")

    scripts = tmp_path / "migrations"
    assert found == AlembicFacts(
        script_location=scripts,
        version_locations=(scripts / "versions",),
        recursive_version_locations=False,
        sourceless=False,
        prepend_sys_path=(),
        file_template="%(rev)s_%(slug)s",
        has_file_template=False,
        truncate_slug_length=40,
        timezone=None,
        output_encoding="utf-8",
        revision_environment=False,
        databases=(),
    )
    assert found.env_file == scripts / "env.py"
    assert found.template_file == scripts / "script.py.mako"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (f"path_separator = os\nversion_locations = a{os.pathsep}b", ["a", "b"]),
        ("path_separator = space\nversion_locations = a b", ["a", "b"]),
        ("path_separator = newline\nversion_locations =\n    a\n    b c", ["a", "b c"]),
        ("path_separator = ;\nversion_locations = a; b", ["a", "b"]),
        ("version_path_separator = :\nversion_locations = a:b", ["a", "b"]),
        ("version_locations = a, b c", ["a", "b", "c"]),
        ("version_locations = %(here)s/a ./b/../c", ["a", "c"]),
    ],
)
def test_version_locations_are_split_by_the_separator(
    tmp_path: Path, lines: str, expected: list[str]
) -> None:
    """Each separator of Alembic, the old one and the legacy splitting work."""
    found = facts(tmp_path, alembic_ini=f"[alembic]\nscript_location = m\n{lines}\n")

    assert [path.relative_to(tmp_path).as_posix() for path in found.version_locations] == expected


def test_unknown_separator_is_named(tmp_path: Path) -> None:
    """A separator that Alembic does not know is refused before anything is split wrongly."""
    text = "[alembic]\nscript_location = m\npath_separator = comma\nversion_locations = a,b\n"

    with pytest.raises(ConfigError, match=r"'path_separator' in .* must be one of space, newline"):
        facts(tmp_path, alembic_ini=text)


def test_everything_is_read_from_ini(tmp_path: Path) -> None:
    """Flags are exactly ``true``; ``%%`` is a percent sign; another section may be named."""
    found = facts(
        tmp_path,
        section="other",
        alembic_ini="""[other]
script_location = m
recursive_version_locations = true
sourceless = True
revision_environment = true
prepend_sys_path = . src
file_template = %%(year)d-%%(rev)s
truncate_slug_length = 12
timezone = UTC
databases = one, two
""",
    )

    assert (found.recursive_version_locations, found.sourceless, found.revision_environment) == (
        True,
        False,
        True,
    )
    assert found.prepend_sys_path == (tmp_path, tmp_path / "src")
    assert (found.file_template, found.has_file_template) == ("%(year)d-%(rev)s", True)
    assert (found.truncate_slug_length, found.timezone) == (12, "UTC")
    assert found.databases == ("one", "two")


def test_everything_is_read_from_pyproject(tmp_path: Path) -> None:
    """[tool.alembic] holds lists and booleans of its own."""
    found = facts(
        tmp_path,
        pyproject_toml="""[tool.alembic]
script_location = "%(here)s/m"
version_locations = ["%(here)s/a", "b"]
prepend_sys_path = ["src"]
recursive_version_locations = true
file_template = "%%(rev)s"
truncate_slug_length = 10
""",
    )

    assert found.script_location == tmp_path / "m"
    assert found.version_locations == (tmp_path / "a", tmp_path / "b")
    assert found.prepend_sys_path == (tmp_path / "src",)
    assert (found.recursive_version_locations, found.file_template) == (True, "%(rev)s")
    assert found.truncate_slug_length == 10


def test_ini_goes_before_pyproject(tmp_path: Path) -> None:
    """Where both files stand, each option comes from the ini file first."""
    found = facts(
        tmp_path,
        alembic_ini="[alembic]\ntimezone = UTC\n",
        pyproject_toml='[tool.alembic]\nscript_location = "m"\ntimezone = "Europe/Vienna"\n',
    )

    assert (found.script_location, found.timezone) == (tmp_path / "m", "UTC")


def test_package_location_is_found_without_importing_it(tmp_path: Path) -> None:
    """``package:folder`` is looked up on prepend_sys_path; importing it would run the application."""
    package = tmp_path / "src" / "shop" / "db"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("raise RuntimeError('imported')\n")
    ini = "[alembic]\nprepend_sys_path = src\nscript_location = shop.db:migrations\n"

    assert facts(tmp_path, alembic_ini=ini).script_location == package / "migrations"


def test_missing_package_is_explained(tmp_path: Path) -> None:
    """A package that is not there is named, with what to do."""
    with pytest.raises(ConfigError, match="'no_such_pkg:m' is not to be found") as caught:
        facts(tmp_path, alembic_ini="[alembic]\nscript_location = no_such_pkg:m\n")

    assert "prepend_sys_path" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("ini", "section", "message"),
    [
        ("[alembic]\nx = y\n", None, "no 'script_location' in"),
        ("[alembic]\nscript_location = m\n", "prod", r"has no section \[prod\]"),
        ("[alembic]\nscript_location = %(home)s/m\n", None, "'script_location' in .* must be text whose"),
    ],
)
def test_wrong_option_is_explained(tmp_path: Path, ini: str, section: str | None, message: str) -> None:
    """What Alembic would fail on later fails here with the option's name."""
    with pytest.raises(ConfigError, match=message):
        facts(tmp_path, section=section, alembic_ini=ini)
