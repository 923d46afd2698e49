"""What a revision reaches of the project's own modules, and which edits of them count."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa.graph.imports import LocalImports
from limosa.model.imported import Imported

MODULES = {
    "app/__init__.py": "",
    "app/base.py": "import os\n\n\nclass Base:\n    mark = os.sep\n\n\nunrelated = 1\n",
    "app/models.py": (
        "from .base import Base\n\n\nclass Pigeon(Base):\n    ring = 1\n\n\nclass Loft(Base):\n    size = 2\n"
    ),
    "app/again.py": "from app.models import *\nfrom app.models import Loft as House\n",
    "app/loose.py": "import app.base\n\nregistry = {}\nregistry['a'] = app.base.unrelated\n",
    "app/round.py": "from app.trip import there\n\nback = 1\n",
    "app/trip.py": "from app.round import back\n\nthere = back\n",
    "plain.py": "def name():\n    return inner()\n\n\ndef inner():\n    return 'pigeons'\n\n\n"
    "def other(): ...\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's folder with some modules."""
    for name, text in MODULES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def of(root: Path, source: str) -> Imported:
    """Read what a source imports, from disk as it is now."""
    found = LocalImports(root, [root]).of(source)
    assert found is not None
    return found


def names(imported: Imported) -> list[str]:
    """The modules in it."""
    return [module.name for module in imported.modules]


@pytest.mark.parametrize(
    "source",
    ["", "from alembic import op\nimport sqlalchemy as sa, json", "import nowhere", "text = 'import plain;'"],
)
def test_what_is_not_the_projects_own_is_not_kept(root: Path, source: str) -> None:
    """Alembic, SQLAlchemy, Python's own, what is not there, and what only looks like an import."""
    assert LocalImports(root, [root]).of(source) is None


@pytest.mark.parametrize(
    "source",
    [
        "def upgrade():\n    import plain",
        "async def f():\n    async with a:\n        import plain",
        "class A:\n    class B:\n        def f(self):\n            import plain",
        "if a:\n    pass\nelif b:\n    import plain",
        "try:\n    pass\nexcept A:\n    import plain",
        "try:\n    pass\nexcept* A:\n    import plain",
        "try:\n    pass\nexcept A:\n    pass\nelse:\n    import plain",
        "try:\n    pass\nfinally:\n    import plain",
        "for a in b:\n    pass\nelse:\n    import plain",
        "while a:\n    import plain",
        "match a:\n    case 1:\n        with b:\n            import plain",
    ],
)
def test_an_import_counts_wherever_it_stands(root: Path, source: str) -> None:
    """In every block that a statement can have, of a revision and of a module that it imports."""
    (root / "middle.py").write_text(source)

    assert names(of(root, source)) == ["plain"]
    assert names(of(root, "import middle")) == ["middle", "plain"]


def test_packages_around_a_module_are_loaded_too(root: Path) -> None:
    """All that running the import runs is listed, with paths as seen from the project."""
    found = of(root, "from app import models")
    assert names(found) == ["app", "app.base", "app.models"]
    assert [module.path for module in found.modules][2] == "app/models.py"
    assert [module.is_package for module in found.modules] == [True, False, False]


@pytest.mark.parametrize(
    ("source", "path", "before", "after", "counts"),
    [
        ("from plain import name", "plain.py", "'pigeons'", "'doves'", True),
        ("from plain import name", "plain.py", "def other(): ...", "def other(): return 2", False),
        ("import plain as p\np.name()", "plain.py", "'pigeons'", "'doves'", True),
        ("import plain as p\np.name()", "plain.py", "def other(): ...", "def other(): return 2", False),
        ("import plain\nprint(plain)", "plain.py", "def other(): ...", "def other(): return 2", True),
        ("from plain import *", "plain.py", "def other(): ...", "def other(): return 2", True),
        ("from plain import name as upgrade", "plain.py", "'pigeons'", "'doves'", True),
        ("def f():\n    from plain import name\n    name()", "plain.py", "'pigeons'", "'doves'", True),
        ("from app.models import Pigeon\nPigeon", "app/models.py", "ring = 1", "ring = 2", True),
        ("from app.models import Pigeon\nPigeon", "app/models.py", "size = 2", "size = 3", False),
        ("from app.models import Pigeon\nPigeon", "app/base.py", "os.sep", "os.pathsep", True),
        ("from app.models import Pigeon\nPigeon", "app/base.py", "import os", "import posix as os", True),
        ("from app.models import Pigeon\nPigeon", "app/base.py", "unrelated = 1", "unrelated = 2", False),
        ("import app.models\napp.models.Loft", "app/models.py", "size = 2", "size = 3", True),
        ("import app.models\napp.models.Loft", "app/models.py", "ring = 1", "ring = 2", False),
        ("from app import models\nmodels.Loft", "app/models.py", "size = 2", "size = 3", True),
        ("from app.again import House\nHouse", "app/models.py", "size = 2", "size = 3", True),
        ("from app.again import Pigeon\nPigeon", "app/models.py", "ring = 1", "ring = 2", True),
        ("from app.again import Pigeon\nPigeon", "app/models.py", "size = 2", "size = 3", False),
        ("import app.loose", "app/base.py", "unrelated = 1", "unrelated = 2", True),
        ("from app.round import there\nthere", "app/round.py", "back = 1", "back = 2", True),
        ("from plain import name\nname()", "plain.py", "'pigeons'", "'pigeons'  # birds", False),
        ("from plain import name\nname()", "plain.py", "return inner", '"""Say."""\n    return inner', False),
    ],
)
def test_only_edits_that_reach_the_revision_count(
    root: Path, source: str, path: str, before: str, after: str, *, counts: bool
) -> None:
    """A change of what is used, however far away, counts; one beside it, and one of layout, do not."""
    first = of(root, source).checksum
    text = (root / path).read_text()
    assert before in text
    (root / path).write_text(text.replace(before, after, 1))
    assert (of(root, source).checksum != first) is counts


def test_edits_are_told_by_text_and_by_meaning(root: Path) -> None:
    """A module that is gone, or whose text is another one, differs; layout alone leaves it alike."""
    imported = of(root, "from plain import name")
    assert LocalImports(root, [root]).differing(imported) == ()

    (root / "plain.py").write_text("# names\n" + MODULES["plain.py"])
    (module,) = (now := LocalImports(root, [root])).differing(imported)
    assert now.is_alike(module)
    (root / "plain.py").unlink()
    (module,) = (now := LocalImports(root, [root])).differing(imported)
    assert not now.is_alike(module)
    assert now.text("plain") is None


def test_a_module_that_is_no_python_counts_as_its_text(root: Path) -> None:
    """Nothing is raised; any change of it counts."""
    (root / "plain.py").write_text("def name(:\n")
    first = of(root, "from plain import name\nname()").checksum
    (root / "plain.py").write_text("def name(:  # broken\n")
    assert of(root, "from plain import name\nname()").checksum != first


def test_a_module_is_looked_for_where_it_was_found(root: Path) -> None:
    """env.py may have put a folder on ``sys.path`` that nobody else knows of."""
    (root / "odd").mkdir()
    (root / "plain.py").rename(root / "odd" / "plain.py")
    imported = LocalImports(root, [root, root / "odd"]).of("from plain import name")
    assert imported is not None

    later = LocalImports(root, [root])
    assert later.of("from plain import name") is None
    assert later.where_found_before(imported).differing(imported) == ()
    assert later.where_found_before(imported).of("from plain import name") == imported


def test_a_revision_that_imports_the_application_is_not_the_application(tmp_path: Path) -> None:
    """Where imports lead everywhere, what the revision names counts, and no edit elsewhere does."""
    package = tmp_path / "whole"
    package.mkdir()
    (package / "__init__.py").touch()
    for number in range(60):
        (package / f"part_{number}.py").write_text(
            f"from whole.part_{(number + 1) % 60} import value as following\n\nvalue = following, {number}\n"
        )
    source = "from whole.part_7 import value"

    before = of(tmp_path, source)
    far = package / "part_30.py"
    far.write_text(far.read_text() + "another = 1\nvalue = another\n")
    after_far = of(tmp_path, source)
    (package / "part_7.py").write_text("value = 'another'\n")

    assert names(before) == ["whole", "whole.part_7"]
    assert after_far == before
    assert of(tmp_path, source).checksum != before.checksum


def test_what_is_compared_is_followed_as_far_as_before(tmp_path: Path) -> None:
    """A project that grows beyond the most that is followed, or shrinks below it, has edited no revision."""
    package = tmp_path / "growing"
    package.mkdir()

    def grow(first: int, last: int) -> None:
        for number in range(first, last):
            (package / f"part_{number}.py").write_text(
                f"import growing.part_{number + 1}\n\nvalue = {number}\n"
            )

    source = "from growing.part_0 import value"
    grow(0, 30)
    small = of(tmp_path, source)
    grow(30, 60)
    grown = of(tmp_path, source)
    assert (small.is_direct, grown.is_direct) == (False, True)
    like_small = LocalImports(tmp_path, [tmp_path]).of(source, like=small)
    assert like_small is not None
    assert like_small.checksum == small.checksum
    for number in range(10, 60):
        (package / f"part_{number}.py").unlink()
    assert LocalImports(tmp_path, [tmp_path]).of(source, like=grown) == grown
