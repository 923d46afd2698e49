"""The floors of the house, as pyproject.toml gives them to import-linter, and who breaks them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import grimp

from tests.architecture.sources import ROOT

PREFIX = "limosa."


@dataclass(frozen=True)
class Floor:
    """Rooms beside each other; they may not import each other unless ``is_open``."""

    rooms: tuple[str, ...]
    is_open: bool


def contract() -> Mapping[str, Any]:
    """Return the contract that holds the floors."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    found: Mapping[str, Any] = next(entry for entry in settings["contracts"] if entry["id"] == "house")
    return found


def floors(layers: Iterable[str]) -> list[Floor]:
    """Return the floors, the lowest first."""
    return [Floor(tuple(re.findall(r"\w+", layer)), is_open=":" in layer) for layer in reversed([*layers])]


def offences(graph: grimp.ImportGraph, house: list[Floor]) -> list[str]:
    """Return each chain of imports that leads from a room to one it must not see, line by line."""
    level = {room: (number, floor) for number, floor in enumerate(house) for room in floor.rooms}
    present = sorted(room for room in level if PREFIX + room in graph.modules)
    found = []
    for importer in present:
        for imported in present:
            number, floor = level[importer]
            other, _ = level[imported]
            is_beside = number == other and importer != imported and not floor.is_open
            if number < other or is_beside:
                where = "sideways" if is_beside else "up"
                found += [
                    f"{importer} looks {where} to {imported}:\n{_told(graph, chain)}"
                    for chain in sorted(
                        graph.find_shortest_chains(PREFIX + importer, PREFIX + imported, as_packages=True)
                    )
                ]
    return found


def _told(graph: grimp.ImportGraph, chain: tuple[str, ...]) -> str:
    details = (
        detail
        for importer, imported in pairwise(chain)
        for detail in graph.get_import_details(importer=importer, imported=imported)[:1]
    )
    return "\n".join(f"    {d['importer']}:{d['line_number']}: {d['line_contents']}" for d in details)
