"""A project of Flask-Migrate, made by ``flask db init``: env.py runs inside the application's context."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from limosa import Migrator, State
from limosa.config.scaffold import scaffold, write
from limosa.errors import ConfigError
from tests.fixtures.targets import Target

# Flask-Migrate's own env.py asks the old way first
pytestmark = pytest.mark.filterwarnings("default:'get_engine' is deprecated:DeprecationWarning")

APPLICATION = """
import os

import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Bird(db.Model):
    id = sa.Column(sa.Integer, primary_key=True)


{models}


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BIRDS_URL"]
    db.init_app(app)
    Migrate(app, db)
    return app
"""
EGG = "class Egg(db.Model):\n    id = sa.Column(sa.Integer, primary_key=True)"


class Flask:
    """A Flask project in a folder."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.module = root / f"{name}.py"
        self.write()
        (root / ".flaskenv").write_text(f"FLASK_APP={name}:create_app\n")

    def write(self, models: str = "") -> None:
        """Write the application."""
        self.module.write_text(APPLICATION.format(models=models))

    def run(self, *words: str) -> str:
        """Run ``flask db`` in the project's folder; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", f"{self.module.stem}:create_app", "db", *words],
            cwd=self.root,
            env={**os.environ, "PYTHONWARNINGS": "default"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done
        return done.stdout

    def limosa(self) -> Migrator:
        """Open the project anew."""
        return Migrator(project=self.root)


@pytest.fixture(params=["sqlite", "pg"])
def flask(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A project with one revision, on an empty database of each engine."""
    target: Target = request.getfixturevalue(request.param)
    monkeypatch.setenv("BIRDS_URL", target.url.reveal())
    monkeypatch.delenv("DATABASE_URL", raising=False)
    root = tmp_path / "birds"
    root.mkdir()
    # all of a process's tests share its modules, so no two are named alike
    made = Flask(root, f"birds_{tmp_path.name}")
    made.run("init")
    made.run("migrate", "-m", "first", "--rev-id", "r1")
    yield made
    for engine in [each for each in gc.get_objects() if isinstance(each, Engine)]:
        engine.dispose()  # the application's pool would else be collected, still open, in another test


def test_both_take_turns(flask: Flask) -> None:
    """Adopted as it is, each goes on where the other left off, and models lead to the next revision."""
    before = {path: path.read_bytes() for path in (flask.root / "migrations").rglob("*.*")}
    write(scaffold(flask.root, variables={}))
    assert {path: path.read_bytes() for path in before} == before

    flask.write(EGG)
    assert flask.limosa().upgrade().after == ("r1",)
    made = flask.limosa().create("eggs")
    assert "op.create_table('egg'" in made.path.read_text()
    assert flask.limosa().upgrade().after == (made.id,)
    assert f"{made.id} (head)" in flask.run("current")
    assert "No new upgrade operations" in flask.run("check")
    flask.run("downgrade")
    assert flask.limosa().status().state is State.BEHIND
    assert flask.limosa().downgrade("base").after == ()


def test_an_application_that_cannot_be_loaded_is_named(flask: Flask) -> None:
    """The error says what env.py wants, and how to name the application; nothing is written."""
    write(scaffold(flask.root, variables={}))
    (flask.root / ".flaskenv").write_text("FLASK_APP=no_such_module\n")

    with pytest.raises(ConfigError, match="current_app") as refused:
        flask.limosa().upgrade()

    assert "FLASK_APP" in str(refused.value.hint)
