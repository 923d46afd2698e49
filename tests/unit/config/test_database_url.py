"""The database URL: the order of its sources, what each may hold, and that no secret gets out on the way."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import pytest

from limosa.config import hidden_around, hidden_in, load
from limosa.errors import ConfigError

SECRET = "s3cr3t-w0rd"
FULL = f"postgresql://ann:{SECRET}@db:5432/app"
INI = "[alembic]\nscript_location = migrations\nsqlalchemy.url = {url}\n"
TEMPLATE = "driver://user:pass@localhost/dbname"


def project(folder: Path, toml: str = "", *, ini_url: str = TEMPLATE) -> Path:
    """Write an Alembic project with the given limosa.toml and URL in alembic.ini."""
    (folder / "alembic.ini").write_text(INI.format(url=ini_url))
    (folder / "limosa.toml").write_text(toml)
    return folder


def test_sources_are_asked_in_order(tmp_path: Path) -> None:
    """Flag, LIMOSA_URL, environment, project's variable, alembic.ini, env.py: the first one wins."""
    project(tmp_path, '[environments.production]\nurl_env = "PROD_URL"\n', ini_url="postgresql://h/ini")
    everything = {
        "LIMOSA_URL": "postgresql://h/variable",
        "PROD_URL": "postgresql://h/environment",
        "DATABASE_URL": "postgresql://h/project",
    }

    def found(environment: str, **given: str) -> tuple[str, str]:
        settings = load(
            project=tmp_path, environment=environment, url=given.pop("url", None), variables=given
        )
        assert settings.url is not None
        return settings.url.database or "", settings.origins["url"]

    assert found("production", url="postgresql://h/flag", **everything) == ("flag", "flag --url")
    assert found("production", **everything) == ("variable", "LIMOSA_URL")
    del everything["LIMOSA_URL"]
    place = "limosa.toml [environments.production] url_env"
    assert found("production", **everything) == ("environment", place)
    assert found("development", **everything) == ("project", "DATABASE_URL")
    del everything["DATABASE_URL"]
    assert found("development") == ("ini", f"{tmp_path / 'alembic.ini'} sqlalchemy.url")


@pytest.mark.parametrize(
    "ini_url", [TEMPLATE, "scheme://localhost/app", "", "%(DB_USER)s://x", "${DATABASE_URL}"]
)
def test_what_only_env_py_knows_is_none(tmp_path: Path, ini_url: str) -> None:
    """Alembic's own placeholder, or one that env.py fills in, is no URL and no error."""
    project(tmp_path, ini_url=ini_url)

    assert load(project=tmp_path, variables={}).url is None


def test_percent_signs_are_read_as_alembic_does(tmp_path: Path) -> None:
    """``%%`` stands for a percent sign, ``%(here)s`` for the folder."""
    project(tmp_path, ini_url="postgresql://ann:a%%40b@db/app")
    url = load(project=tmp_path, variables={}).url
    assert url is not None
    assert url.password is not None
    assert url.password.reveal() == "a@b"

    project(tmp_path, ini_url="sqlite:///%(here)s/data.db")
    assert str(load(project=tmp_path, variables={}).url) == f"sqlite:///{tmp_path}/data.db"


GENERIC = 'engine_from_config(config.get_section(name), prefix="sqlalchemy.")\n'


@pytest.mark.parametrize(
    ("env", "toml", "winner"),
    [
        (GENERIC, "", "ini"),
        (GENERIC, 'url_variable = "DATABASE_URL"', "variable"),
        (GENERIC + "os.environ.get('DATABASE_URL')", "", "variable"),
        (GENERIC + 'config.set_main_option("sqlalchemy.url", settings.url)', "", "variable"),
        (GENERIC + "x = settings.database_url", "", "variable"),
        ("from app.database import engine", "", "variable"),
    ],
)
def test_alembic_decides_between_its_file_and_a_stray_variable(
    tmp_path: Path, env: str, toml: str, winner: str
) -> None:
    """DATABASE_URL of some other program must not win over the URL that plain Alembic would take."""
    project(tmp_path, toml, ini_url="postgresql://h/ini")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "env.py").write_text("# sqlalchemy\n" + env)

    url = load(project=tmp_path, variables={"DATABASE_URL": "postgresql://h/variable"}).url

    assert url is not None
    assert url.database == winner


def test_url_from_a_file(tmp_path: Path) -> None:
    """A secret's file is read relative to the project, without its line end."""
    project(tmp_path, 'url_file = "secret/url"')
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "url").write_text(FULL + "\n")

    settings = load(project=tmp_path, variables={"DATABASE_URL": "sqlite://"})

    assert settings.url is not None
    assert settings.url.reveal() == FULL
    assert settings.origins["url"] == "limosa.toml url_file"


@pytest.mark.parametrize("form", ["list", "string"])
def test_url_from_a_program(tmp_path: Path, form: str) -> None:
    """A program in the project's folder prints the URL; no shell is in between."""
    (tmp_path / "vault.py").write_text(f"print({FULL!r})\n")
    as_list = f"[{sys.executable!r}, 'vault.py']"
    command = as_list if form == "list" else f"\"'{sys.executable}' vault.py\""
    project(tmp_path, f"url_command = {command}")

    url = load(project=tmp_path, variables={}).url

    assert url is not None
    assert url.reveal() == FULL


def test_nobody_is_asked_when_no_url_is_needed(tmp_path: Path) -> None:
    """Commands without a database neither run programs nor read secrets."""
    project(tmp_path, 'url_command = ["false"]')

    assert load(project=tmp_path, needs_url=False, variables={"LIMOSA_URL": "nonsense"}).url is None


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (f'url = "{FULL}"', "limosa.toml url holds a password"),
        (f'url = "postgresql://h/d?password={SECRET}"', "limosa.toml url holds a password"),
        ('url_env = "APP_URL"', "environment variable 'APP_URL', named by limosa.toml url_env, is not set"),
        ('url_file = "gone"', "cannot be read: No such file or directory"),
        ('url_file = "empty"', "is empty"),
        ('url_command = ["false"]', "ended with exit code 1"),
        ('url_command = ["true"]', "printed nothing"),
        ('url_command = "no-such-program-anywhere"', "cannot be started: No such file or directory"),
        ('url_command = ""', "cannot be started: it is empty"),
        ('url = "sqlite://"\nurl_env = "X"', "names the database 2 times: url, url_env"),
        (f'url = "{SECRET}"', "limosa.toml url: not a database URL"),
        (f'url = ["{SECRET}"]', "'url' in limosa.toml must be a string"),
    ],
)
def test_bad_source_is_explained_without_its_secret(tmp_path: Path, toml: str, message: str) -> None:
    """Whatever is wrong with the URL, the error says what, and its traceback holds no secret."""
    project(tmp_path, toml)
    (tmp_path / "empty").write_text("\n")

    with pytest.raises(ConfigError) as caught:
        load(project=tmp_path, variables={})

    assert message in caught.value.message
    assert caught.value.hint
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "text",
    [
        f"sqlalchemy.url = {FULL}\n",
        f"[alembic]\nscript_location = m\n{SECRET}\n",
        f"[alembic]\nsqlalchemy.url = {FULL}\nsqlalchemy.url = {FULL}\n",
    ],
    ids=["no section", "no key", "twice"],
)
def test_broken_ini_file_does_not_quote_itself(tmp_path: Path, text: str) -> None:
    """The parser's own message holds the line with the password; ours holds its number."""
    (tmp_path / "alembic.ini").write_text(text)

    with pytest.raises(ConfigError, match=r"not a valid ini file \(line \d\)") as caught:
        load(project=tmp_path, variables={})

    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("text", [SECRET, f"postgresql://ann:{SECRET}@db:port/app"])
def test_malformed_url_is_not_quoted(tmp_path: Path, text: str) -> None:
    """A URL that cannot be read may be a secret pasted in the wrong place."""
    project(tmp_path)

    with pytest.raises(ConfigError, match="LIMOSA_URL: not a database URL") as caught:
        load(project=tmp_path, variables={"LIMOSA_URL": text})

    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_sqlite_path_means_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~`` is the home, a project's path counts from the project, a flag's from the call."""
    home, call, place = tmp_path / "home", tmp_path / "call", tmp_path / "project"
    for folder in (home, call, place):
        folder.mkdir()
    project(place)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(call)

    def path(**given: str) -> str | None:
        url = load(project=place, url=given.pop("url", None), variables=given).url
        assert url is not None
        return url.database

    assert path(DATABASE_URL="sqlite:///~/.app/metadata.db") == str(home / ".app" / "metadata.db")
    assert path(DATABASE_URL="sqlite:///data.db") == str(place / "data.db")
    assert path(DATABASE_URL="sqlite+aiosqlite:////srv/data.db") == "/srv/data.db"
    assert path(url="sqlite:///data.db") == str(call / "data.db")
    assert path(LIMOSA_URL="sqlite:///../data.db") == str(tmp_path / "data.db")
    assert path(LIMOSA_URL="sqlite://") is None
    assert path(LIMOSA_URL="sqlite:///:memory:") == ":memory:"
    assert path(LIMOSA_URL="sqlite:///file:x?uri=true") == "file:x"


def test_every_secret_within_reach_is_known(tmp_path: Path) -> None:
    """Passwords of the URL in use, of the other sources and of alembic.ini are all to be struck out."""
    project(tmp_path, ini_url="postgresql://ann:from-ini@db/app")
    variables = {"DATABASE_URL": "postgresql://ann:from-variable@db/app", "PGPASSWORD": "from-libpq"}
    settings = load(project=tmp_path, url=FULL, variables=variables)

    hidden = hidden_around(settings, variables=variables)

    assert hidden.secrets == {SECRET, "from-ini", "from-variable", "from-libpq"}
    assert {"ann", "db", "app", "postgresql"} <= hidden.public
    assert SECRET not in repr(settings)


def test_placeholder_of_alembic_is_no_secret(tmp_path: Path) -> None:
    """``pass`` of Alembic's template is a keyword of Python, not a password."""
    project(tmp_path)

    assert hidden_around(load(project=tmp_path, variables={}), variables={}).secrets == frozenset()
    assert hidden_in("not a url", None).secrets == frozenset()
