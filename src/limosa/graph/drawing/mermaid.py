"""The graph as Mermaid, which GitHub, GitLab and many a wiki draw."""

from __future__ import annotations

from collections.abc import Iterator

from limosa.graph.drawing.wording import marks, plain
from limosa.model.picture import Extent, Node, Picture

_STYLES = {
    Extent.EVERYWHERE: "fill:#1a7f37,stroke:#116329,color:#ffffff",
    Extent.SOMEWHERE: "fill:#bf8700,stroke:#7d4e00,color:#ffffff",
    Extent.NOWHERE: "fill:#ffffff,stroke:#57606a,color:#1f2328,stroke-dasharray:4 3",
    Extent.UNKNOWN: "fill:#ffffff,stroke:#57606a,color:#1f2328",
}


def as_mermaid(picture: Picture) -> str:
    """Write a flowchart with the newest revision at the top; a dotted arrow is a dependency."""
    return "".join(f"{line}\n" for line in _lines(picture))


def _lines(picture: Picture) -> Iterator[str]:
    numbers = {node.id: f"r{number}" for number, node in enumerate(reversed(picture.nodes))}
    yield "flowchart BT"
    for node in reversed(picture.nodes):
        yield f'    {numbers[node.id]}["{_label(node)}"]:::{node.extent.value}'
    for node in reversed(picture.nodes):
        for parent in node.parents:
            if parent in numbers:
                yield f"    {numbers[parent]} --> {numbers[node.id]}"
        for needed in node.depends_on:
            if needed in numbers and needed not in node.parents:
                yield f"    {numbers[needed]} -.-> {numbers[node.id]}"
    for extent in Extent:
        if any(node.extent is extent for node in picture.nodes):
            yield f"    classDef {extent.value} {_STYLES[extent]}"


def _label(node: Node) -> str:
    found = marks(node)
    title = f"{node.id} ({', '.join(found)})" if found else node.id
    lines = [title, plain(node.message), ", ".join(node.current_in) and f"at {', '.join(node.current_in)}"]
    return "<br/>".join(_escaped(line) for line in lines if line)


def _escaped(text: str) -> str:
    """Write whatever Mermaid or HTML could take for its own as a character's number."""
    return "".join(sign if sign.isalnum() or sign in " .,-_" else f"#{ord(sign)};" for sign in text)
