"""The revision graph as it is drawn: the revisions, and how far each database has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from limosa.model.status import State


class Extent(StrEnum):
    """In how many of the databases that we know a revision is applied."""

    UNKNOWN = "unknown"
    """No database could be asked, or none was to be."""
    NOWHERE = "nowhere"
    SOMEWHERE = "somewhere"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Place:
    """One database and where it stands; ``name`` is its environment's, numbered where that has several."""

    name: str
    state: State
    current: tuple[str, ...]
    url: str
    """Masked."""
    reason: str | None
    """Why nothing is known of it."""

    @property
    def is_known(self) -> bool:
        """Can it be told what is applied there?"""
        return self.state not in {State.UNREACHABLE, State.AHEAD}


@dataclass(frozen=True, slots=True)
class Node:
    """One revision; ``parents`` and ``depends_on`` are ids, also of revisions that are not in the picture."""

    id: str
    message: str
    parents: tuple[str, ...]
    depends_on: tuple[str, ...]
    labels: tuple[str, ...]
    is_head: bool
    extent: Extent
    applied_in: tuple[str, ...]
    """The places that have it."""
    current_in: tuple[str, ...]
    """The places whose version row it is."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to draw, the newest revision first, each before all that it stands on."""

    nodes: tuple[Node, ...]
    places: tuple[Place, ...]
