"""What config reads without Alembic is what Alembic itself reads, on its own templates and odd files."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from limosa.alembic_bridge.older import READS_PYPROJECT, split_paths, toml_options
from limosa.config import alembic_facts, load
from tests.fixtures.projects import TEMPLATES, AlembicProject

SEP = os.pathsep
LINES = {
    "legacy": "version_locations = %(here)s/a, %(here)s/b c\nprepend_sys_path = . src:lib",
    "os": f"path_separator = os\nversion_locations = a{SEP}%(here)s/b\nprepend_sys_path = src{SEP}lib",
    "newline": "path_separator = newline\nversion_locations =\n  a\n  b c\nprepend_sys_path =\n  src",
    "old key": "version_path_separator = ;\nversion_locations = a; b\n",
    "flags": "recursive_version_locations = true\nsourceless = True\ntruncate_slug_length = 7\n",
    "names": "timezone = UTC\nfile_template = %%(year)d_%%(rev)s-%%(slug)s\noutput_encoding = latin-1",
}


def prepended_by(config: Config) -> list[str]:
    """Ask Alembic what it puts on sys.path; before 1.16 it never said so, and split the text on the spot."""
    if READS_PYPROJECT:
        return config.get_prepend_sys_paths_list() or []
    text = config.get_main_option("prepend_sys_path")
    return [part for part in re.split(r", *|(?: +)|\:", text) if part] if text else []


def agree(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare the two readings of the project in this folder."""
    monkeypatch.chdir(root)
    monkeypatch.syspath_prepend(str(root))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Alembic's own, on the old ways of splitting
        config = Config("alembic.ini", **toml_options("alembic.ini", "pyproject.toml"))
        split_paths(config)
        script = ScriptDirectory.from_config(config)
        locations = [str(path) for path in script._version_locations]
        prepended = prepended_by(config)
    facts = alembic_facts(load(variables={}))

    assert str(facts.script_location) == os.path.normpath(Path(script.dir).absolute())
    assert [str(path) for path in facts.version_locations] == [os.path.normpath(one) for one in locations]
    assert [str(path) for path in facts.prepend_sys_path] == [str(root / path) for path in prepended]
    assert facts.recursive_version_locations == script.recursive_version_locations
    assert facts.sourceless == script.sourceless
    assert facts.file_template == script.file_template
    assert facts.truncate_slug_length == script.truncate_slug_length
    assert facts.timezone == script.timezone
    assert facts.output_encoding == script.output_encoding


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates(
    template: str, project: Callable[..., AlembicProject], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every template of Alembic is read alike."""
    agree(project(template).root, monkeypatch)


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_odd_files(lines: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way of splitting paths, and every option that we read, is read alike."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "alembic.ini").write_text(f"[alembic]\nscript_location = scripts\n{lines}\n")

    agree(tmp_path, monkeypatch)
