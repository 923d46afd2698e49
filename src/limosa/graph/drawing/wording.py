"""What stands beside a revision, and what is said of the whole; the same in each kind of drawing."""

from __future__ import annotations

from limosa.model.picture import Extent, Node, Picture, Place

SIGNS = {
    Extent.UNKNOWN: "*",
    Extent.NOWHERE: "○",
    Extent.SOMEWHERE: "◐",
    Extent.EVERYWHERE: "●",
}
MEANINGS = {
    Extent.UNKNOWN: "not known whether applied",
    Extent.NOWHERE: "not applied",
    Extent.SOMEWHERE: "applied in some of the databases",
    Extent.EVERYWHERE: "applied",
}
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), " ")


def plain(text: str) -> str:
    """Return a text on one line, without what would steer a terminal or break a file."""
    return " ".join(text.translate(_CONTROLS).split())


def marks(node: Node) -> tuple[str, ...]:
    """Return what is special about a revision."""
    found = ["head"] if node.is_head else []
    return (*found, *(plain(label) for label in node.labels))


def standing(place: Place) -> str:
    """Say in a few words where a database stands."""
    if place.reason is not None:
        return f"{place.name}: {place.state.value.replace('_', ' ')}, {plain(place.reason)}"
    return f"{place.name}: {place.state.value.replace('_', ' ')}, {', '.join(place.current) or 'no revision'}"


def extents(picture: Picture) -> list[Extent]:
    """Return the extents that occur and need an explanation, the fullest first."""
    if not picture.places:
        return []
    return [extent for extent in reversed(Extent) if any(node.extent is extent for node in picture.nodes)]


def summary(picture: Picture) -> str:
    """Describe the picture for those who cannot see it."""
    heads = [node.id for node in picture.nodes if node.is_head]
    count = len(picture.nodes)
    text = f"{count} revision{'' if count == 1 else 's'}, newest first"
    text += f"; heads: {', '.join(heads)}" if heads else ""
    return ". ".join([text, *(standing(place) for place in picture.places)]) + "."
