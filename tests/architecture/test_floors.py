"""A folder imports only from floors below its own, never up and never sideways."""

from __future__ import annotations

import graphlib

import grimp
import pytest

from tests.architecture.house import PREFIX, contract, floors, offences
from tests.architecture.sources import PACKAGE


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """All imports of the package, those for type checkers included."""
    return grimp.build_graph("limosa", exclude_type_checking_imports=False, cache_dir=None)


def test_every_import_points_down(graph: grimp.ImportGraph) -> None:
    """No room sees one above or beside it; the chain that would is printed."""
    found = offences(graph, floors(contract()["layers"]))
    assert not found, "\n" + "\n".join(found)


def test_every_room_has_a_floor() -> None:
    """A new folder must be given its place before it can be used."""
    placed = {room for floor in floors(contract()["layers"]) for room in floor.rooms}
    rooms = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.suffix == ".py" or any(path.glob("*.py"))) and not path.name.startswith("_")
    }
    assert rooms <= placed, f"on no floor: {sorted(rooms - placed)}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Within a room, too, imports have a direction (those for type checkers alone left aside)."""
    graph = grimp.build_graph("limosa", exclude_type_checking_imports=True, cache_dir=None)
    wanted = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        graphlib.TopologicalSorter(wanted).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_an_import_up_or_sideways_is_found_with_its_chain() -> None:
    """The check itself works: a made-up house with both faults yields both chains, and nothing else."""
    graph = grimp.ImportGraph()
    for importer, imported in (
        ("run.step", "plan.text"),  # down
        ("plan.text", "model.url"),  # down two
        ("errors", "model.url"),  # beside, on an open floor
        ("plan.text", "run.step"),  # up
        ("graph.order", "ledger.rows"),  # sideways
    ):
        for name in (importer, imported):
            graph.add_module(PREFIX + name.split(".")[0])
            graph.add_module(PREFIX + name)
        graph.add_import(
            importer=PREFIX + importer, imported=PREFIX + imported, line_number=7, line_contents="import it"
        )
    found = offences(graph, floors(["run", "plan", "graph | ledger", "model : errors"]))
    assert found == [
        "graph looks sideways to ledger:\n    limosa.graph.order:7: import it",
        "plan looks up to run:\n    limosa.plan.text:7: import it",
    ]
