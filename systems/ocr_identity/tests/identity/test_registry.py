"""A model that cannot be imported, one that the registry misses, and a comparison that finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.identity.project import System

DEVICE = '''"""A device."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Device(Base):
    """A device."""

    __tablename__ = "devices"

    name: Mapped[str] = mapped_column(String(10))
'''


@pytest.fixture
def copy(on_sqlite: System, tmp_path: Path) -> System:
    """A copy of the system, at head."""
    system = on_sqlite.copied(tmp_path / "copy")
    system.up()
    return system


def test_a_model_that_cannot_be_imported_is_named_with_its_line(copy: System) -> None:
    """The message has the file, the line and what is wrong; the hint says how to try it."""
    user = copy.folder / "app/models/user.py"
    user.write_text(user.read_text().replace("import Index, String", "import Index, Strng, String"))
    line = next(number for number, text in enumerate(user.read_text().splitlines(), 1) if "Strng" in text)
    for words, code in ((("create", "Add field"), 1), (("drift",), 2)):
        said = copy.migrate(*words, expect=code).stderr
        assert "cannot import name 'Strng'" in said
        assert f"app/models/user.py, line {line}" in said
        assert "python -c 'import app.models.user'" in said
    tried = copy.run("python", "-c", "from app.models import *", expect=1)

    assert "Strng" in tried.stderr


def test_a_module_that_is_not_there_is_named(copy: System) -> None:
    """The registry's line and the missing file are told, with both ways to mend it."""
    registry = copy.folder / "app/models/__init__.py"
    registry.write_text(registry.read_text() + "\nfrom .device import Device\n")
    said = copy.migrate("create", "Add device", expect=1).stderr

    assert "app/models/__init__.py" in said
    assert "app.models.device" in said
    assert "write it" in said


def test_a_model_that_the_registry_misses_is_told_with_the_line_to_add(copy: System) -> None:
    """``drift`` ends with 4 and ``create`` warns; with the line added, the table is found."""
    (copy.folder / "app/models/device.py").write_text(DEVICE)
    fix = "from .device import Device"
    drift = copy.migrate("drift", expect=4)
    assert fix in drift.stdout + drift.stderr
    made = copy.migrate("create", "Add devices")
    assert fix in made.stdout + made.stderr
    assert "app/models/device.py" in made.stdout + made.stderr
    (copy.folder / "migrations/versions/0007_add_devices.py").unlink()
    registry = copy.folder / "app/models/__init__.py"
    registry.write_text(registry.read_text().replace("from .user", f"{fix}\nfrom .user"))
    copy.migrate("create", "Add devices")

    assert "'devices'" in (copy.folder / "migrations/versions/0007_add_devices.py").read_text()


def test_an_empty_comparison_says_so(copy: System) -> None:
    """Where nothing has changed the file is written with both functions, and that it is empty is told."""
    made = copy.migrate("create", "Nothing at all")
    body = (copy.folder / "migrations/versions/0007_nothing_at_all.py").read_text()

    assert "do not differ" in made.stdout + made.stderr
    assert "def upgrade() -> None:" in body
    assert "def downgrade() -> None:" in body


def test_the_registry_has_every_model(copy: System) -> None:
    """Each module of ``app/models`` is imported by the registry, which exposes the four tables."""
    said = copy.run("python", "-c", "from app.models import metadata; print(*metadata.tables.keys())").stdout

    assert said.split() == sorted(said.split())
    assert {*said.split()} == {"users", "identity_documents", "ocr_jobs", "audit_logs"}
