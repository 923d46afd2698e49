"""Several sections of one ini file, and what chooses the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa.config import load, section_names
from limosa.config.settings import Settings
from limosa.errors import ConfigError, UsageError

INI = """\
[alembic]
script_location = %(here)s/migrations

[analytics]
script_location = %(here)s/analytics

[loggers]
keys = root
"""
TOML = """\
environment_variable = "STAGE"
url_variable = "MAIN"

[names.analytics]
url_variable = "COUNTS"
limits = { lock_budget_s = 7 }

[environments.development]

[environments.production]
url_variable = "PRODUCTION"

[environments.production.names.analytics]
url_variable = "PRODUCTION_COUNTS"
"""
EACH = ("MAIN", "COUNTS", "PRODUCTION", "PRODUCTION_COUNTS")
URLS = {name: f"sqlite:////data/{name.lower()}.db" for name in EACH}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of two sections."""
    (tmp_path / "alembic.ini").write_text(INI)
    (tmp_path / "limosa.toml").write_text(TOML)
    return tmp_path


def database(settings: Settings) -> str:
    """The file's name without its ending, in the case of its variable."""
    assert settings.url is not None
    return Path(settings.url.database or "").stem.upper()


@pytest.mark.parametrize(
    ("environment", "section", "variable"),
    [
        (None, None, "MAIN"),
        (None, "analytics", "COUNTS"),
        ("production", None, "PRODUCTION"),
        ("production", "analytics", "PRODUCTION_COUNTS"),
    ],
)
def test_the_most_specific_table_names_the_database(
    root: Path, environment: str | None, section: str | None, variable: str
) -> None:
    """A section's own, in the environment first, goes over the environment's and the project's."""
    settings = load(project=root, environment=environment, section=section, variables=URLS)
    assert (database(settings), settings.url_variable) == (variable, variable)
    assert settings.limits.lock_budget_s == (7 if section else 900)


def test_a_section_is_never_taken_to_the_environments_database(root: Path) -> None:
    """What is said of a section in general goes over what an environment says of all."""
    text = (root / "limosa.toml").read_text()
    (root / "limosa.toml").write_text(text.partition("[environments.production.names")[0])
    settings = load(project=root, environment="production", section="analytics", variables=URLS)
    assert database(settings) == "COUNTS"


@pytest.mark.parametrize(
    ("flag", "variables", "chosen", "origin"),
    [
        (None, {}, "development", "default"),
        (None, {"STAGE": "production"}, "production", "STAGE"),
        (None, {"STAGE": "production", "LIMOSA_ENV": "development"}, "development", "LIMOSA_ENV"),
        ("development", {"STAGE": "production"}, "development", "flag --env"),
    ],
)
def test_the_applications_own_variable_chooses_the_environment(
    root: Path, flag: str | None, variables: dict[str, str], chosen: str, origin: str
) -> None:
    """It goes over the file, and under what was said to Limosa."""
    settings = load(project=root, environment=flag, variables=URLS | variables)
    assert (settings.environment, settings.origins["environment"]) == (chosen, origin)


def test_an_environment_that_only_the_application_knows_is_refused(root: Path) -> None:
    """A slip of the pen in the variable does not lead to the database of another environment."""
    with pytest.raises(ConfigError, match="unknown environment 'productoin'"):
        load(project=root, variables=URLS | {"STAGE": "productoin"})


def test_the_names_are_the_sections_with_revisions(root: Path) -> None:
    """In the order of the file; sections about logging are none."""
    assert section_names(load(project=root, variables=URLS), flags=()) == ("alembic", "analytics")


def test_one_of_them_is_not_taken_for_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag or a variable that names one database would migrate it with the revisions of each."""
    settings = load(project=root, variables=URLS)
    for flag in ("--name", "--url"):
        with pytest.raises(UsageError, match=f"and {flag} names one"):
            section_names(settings, flags={flag})
    monkeypatch.setenv("LIMOSA_URL", "sqlite:///one.db")
    with pytest.raises(UsageError, match="LIMOSA_URL"):
        section_names(settings, flags=())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[names.a]\nurl_varable = "X"\n', r"unknown setting 'url_varable' in limosa.toml \[names.a\]"),
        ("[names]\nanalytics = 1\n", r"limosa.toml \[names.analytics\] must be a table"),
        ('[environments.p.names.a]\nname = "x"\n', r"'name' in limosa.toml \[environments.p.names.a\]"),
    ],
)
def test_a_wrong_table_is_told_by_its_name(root: Path, text: str, message: str) -> None:
    """Each with the place that it stands in."""
    (root / "limosa.toml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load(project=root, variables=URLS)
