"""Loading settings: the project is found, layers go over each other, each value knows its origin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from limosa.config import load
from limosa.errors import ConfigError
from limosa.model.limits import Limits

INI = (
    "[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = driver://user:pass@localhost/dbname\n"
)


def write(folder: Path, **files: str) -> Path:
    """Write files named by keyword (``limosa_toml`` is limosa.toml) into a folder, with alembic.ini."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"alembic_ini": INI, **files}.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


@pytest.mark.parametrize(
    "files",
    [
        {"alembic_ini": INI},
        {"limosa_toml": ""},
        {"pyproject_toml": "[tool.limosa]\n"},
    ],
    ids=["alembic.ini", "limosa.toml", "tool.limosa"],
)
def test_project_is_found_from_below(tmp_path: Path, files: dict[str, str]) -> None:
    """A folder deep in the project leads to the project's own."""
    write(tmp_path, **files)
    below = tmp_path / "src" / "app"
    below.mkdir(parents=True)

    settings = load(project=below, variables={})

    assert settings.root == tmp_path
    assert settings.alembic_file == tmp_path / "alembic.ini"


def test_alembic_project_in_pyproject_is_recognised(tmp_path: Path) -> None:
    """[tool.alembic] alone makes a project, with no ini file."""
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')

    settings = load(project=tmp_path, variables={})

    assert settings.alembic_file == tmp_path / "pyproject.toml" == settings.alembic_toml
    assert settings.alembic_ini is None


def test_ini_beside_pyproject_keeps_both(tmp_path: Path) -> None:
    """Alembic's pyproject template has both files, and both count."""
    write(tmp_path, pyproject_toml='[tool.alembic]\nscript_location = "m"\n')

    settings = load(project=tmp_path, variables={})

    assert (settings.alembic_ini, settings.alembic_toml) == (
        tmp_path / "alembic.ini",
        tmp_path / "pyproject.toml",
    )


def test_folder_of_the_call_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --project the search begins where the command is called."""
    write(tmp_path)
    monkeypatch.chdir(tmp_path)

    assert load(variables={}).root == tmp_path


def test_no_project_says_how_to_start_one(tmp_path: Path) -> None:
    """A folder without a project is an error whose hint is the command."""
    with pytest.raises(ConfigError, match=r"no limosa\.toml") as caught:
        load(project=tmp_path, variables={})

    assert caught.value.hint == "start a project with: limosa init"


def test_missing_project_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there is not searched from above."""
    write(tmp_path)

    with pytest.raises(ConfigError, match="does not exist"):
        load(project=tmp_path / "gone", variables={})


def test_named_file_decides_the_folder(tmp_path: Path) -> None:
    """With -c the relative script_location is looked for at the call, then at the file."""
    relative = "[alembic]\nscript_location = migrations\n"
    write(tmp_path / "backend", alembic_ini=relative)
    (tmp_path / "backend" / "migrations").mkdir()
    ini = tmp_path / "backend" / "alembic.ini"

    assert load(project=tmp_path, config=ini, variables={}).root == tmp_path / "backend"
    (tmp_path / "migrations").mkdir()
    assert load(project=tmp_path, config=ini, variables={}).root == tmp_path


def test_project_file_names_the_ini(tmp_path: Path) -> None:
    """``config`` in limosa.toml is followed, also when the call comes from the folder that it names."""
    write(tmp_path / "backend")
    (tmp_path / "limosa.toml").write_text('config = "backend/alembic.ini"\nenvironment = "staging"\n')

    for start in (tmp_path, tmp_path / "backend"):
        settings = load(project=start, variables={})
        assert settings.alembic_file == tmp_path / "backend" / "alembic.ini"
        assert settings.environment == "staging"


def test_layers_go_over_each_other(tmp_path: Path) -> None:
    """Default, project, environment, variable and flag win in this order, and say so."""
    write(
        tmp_path,
        limosa_toml="""
            url_variable = "APP_URL"
            x = ["a=1"]
            [limits]
            lock_budget_s = "15m"
            queue_limit = 3
            runner_wait_s = 1
            [environments.production]
            x = ["b=2"]
            [environments.production.limits]
            queue_limit = 4
            runner_wait_s = 2
        """,
    )

    settings = load(
        project=tmp_path,
        environment="production",
        x=["d=4"],
        overrides={"connect_s": "500ms"},
        variables={"LIMOSA_X": "c=3 'c=3 4'", "LIMOSA_RUNNER_WAIT_S": "3m"},
    )

    assert settings.limits == Limits(lock_budget_s=900, queue_limit=4, runner_wait_s=180, connect_s=0.5)
    assert settings.x_arguments == ("a=1", "b=2", "c=3", "c=3 4", "d=4")
    assert settings.url_variable == "APP_URL"
    assert {key: settings.origins[key] for key in sorted(settings.origins)} == {
        "cache": "default",
        "config": "default",
        "environment": "flag --env",
        "limits.connect_s": "the call",
        "limits.lock_budget_s": "limosa.toml limits",
        "limits.queue_limit": "limosa.toml [environments.production] limits",
        "limits.runner_wait_s": "LIMOSA_RUNNER_WAIT_S",
        "name": "default",
        "project": "flag --project",
        "url": "env.py",
        "url_variable": "limosa.toml",
        "x_arguments": "limosa.toml, limosa.toml [environments.production], LIMOSA_X, flag -x",
    }


def test_variables_stand_for_the_global_options(tmp_path: Path) -> None:
    """Each option that settings hold has its LIMOSA_ variable."""
    write(tmp_path, other_ini="[second]\nscript_location = migrations\n")

    settings = load(
        variables={
            "LIMOSA_PROJECT": str(tmp_path),
            "LIMOSA_ENV": "ci",
            "LIMOSA_URL": "sqlite:////data/x.db",
            "LIMOSA_CONFIG": str(tmp_path / "other.ini"),
            "LIMOSA_NAME": "second",
            "LIMOSA_X": "tenant=a",
        }
    )

    assert settings.alembic_file == tmp_path / "other.ini"
    assert (settings.environment, settings.section) == ("ci", "second")
    assert settings.x_arguments == ("tenant=a",)
    assert str(settings.url) == "sqlite:////data/x.db"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('enviroment = "x"', "unknown setting 'enviroment' in limosa.toml", "did you mean 'environment'?"),
        (
            '[environments.prod]\nurl_evn = "X"',
            "unknown setting 'url_evn' in limosa.toml [environments.prod]",
            "did you mean 'url_env'?",
        ),
        ("[limits]\nlock_buget_s = 1", "unknown limit 'lock_buget_s'", "did you mean 'lock_budget_s'?"),
        ("x = 1", "'x' in limosa.toml must be a list", None),
        ("x = [1]", "'x' in limosa.toml must be a list of strings", None),
        ("[limits]\nconnect_s = true", "must be a duration", None),
        ('[limits]\nconnect_s = "soon"', "is 'soon', and must be a duration", None),
        ("[limits]\nconnect_s = 0", "must be more than zero", None),
        ("[limits]\nqueue_limit = 1.5", "must be a whole number", None),
        ("[limits]\nlock_timeout_first_ms = 5000", "is more than 'lock_timeout_most_ms' (1000)", None),
        ("environments = 3", "'environments' in limosa.toml must be a table", None),
        ("x = ", "limosa.toml' is not valid TOML", None),
    ],
)
def test_wrong_setting_is_named(tmp_path: Path, text: str, message: str, hint: str | None) -> None:
    """A key, type or figure that is wrong is refused with its name, its place and the closest known one."""
    write(tmp_path, limosa_toml=text)

    with pytest.raises(ConfigError) as caught:
        load(project=tmp_path, environment="prod" if "prod" in text else None, variables={})

    assert message in caught.value.message
    assert caught.value.hint
    assert hint in (None, caught.value.hint)


def test_unknown_environment_is_refused(tmp_path: Path) -> None:
    """A slip in --env must not quietly work on the default database."""
    write(tmp_path, limosa_toml='[environments.production]\nurl_env = "X"\n')

    with pytest.raises(ConfigError, match="unknown environment 'prodution'") as caught:
        load(project=tmp_path, environment="prodution", variables={})

    assert caught.value.hint == "did you mean 'production'?"
    assert load(project=tmp_path, variables={}).environment == "development"


def test_two_places_for_settings_are_refused(tmp_path: Path) -> None:
    """limosa.toml and [tool.limosa] side by side would hide one another."""
    write(tmp_path, limosa_toml="", pyproject_toml="[tool.limosa]\n")

    with pytest.raises(ConfigError, match="settings are both in"):
        load(project=tmp_path, variables={})


def test_cache_folder_can_be_moved_or_switched_off(tmp_path: Path) -> None:
    """The index cache lies in the project unless it says otherwise."""
    write(tmp_path)
    assert load(project=tmp_path, variables={}).cache == tmp_path / ".limosa" / "cache"
    write(tmp_path, limosa_toml="cache = false")
    assert load(project=tmp_path, variables={}).cache is None
    write(tmp_path, limosa_toml='cache = "var/c"')
    assert load(project=tmp_path, variables={}).cache == tmp_path / "var" / "c"


def test_import_is_light() -> None:
    """The room needs none of the packages that make a command slow to start."""
    heavy = {"alembic", "sqlalchemy", "psycopg", "rich", "click", "subprocess", "asyncio", "pydantic"}
    code = "import sys, limosa.config; limosa.config.load; limosa.config.alembic_facts; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert heavy & set(done.stdout.split()) == set()
