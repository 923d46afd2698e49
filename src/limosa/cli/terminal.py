"""Pages on a terminal, by rich; imported only when there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from limosa.cli.page import Block, Facts, Line, Page, Tone

if TYPE_CHECKING:
    from rich.console import RenderableType

_STYLES = {
    Tone.PLAIN: "",
    Tone.STRONG: "bold",
    Tone.GOOD: "green",
    Tone.WARNING: "yellow",
    Tone.BAD: "bold red",
    Tone.FAINT: "dim",
}
# A revision's message or a server's answer must not steer the terminal that shows it.
_CONTROLS = {number: None for number in (*range(32), *range(127, 160)) if chr(number) not in "\n\t"}


def console(stream: Any, *, has_color: bool) -> Console:
    """Return a console on a stream; texts are printed as they are, without markup."""
    return Console(file=stream, no_color=not has_color, highlight=False, markup=False, soft_wrap=False)


def print_page(page: Page, *, stream: Any, has_color: bool) -> None:
    """Print a page in colours."""
    target = console(stream, has_color=has_color)
    for block in page:
        target.print(_rendered(block))


def text(line: Line) -> Text:
    """Return a line as rich has it."""
    return Text(line.text.translate(_CONTROLS), style=_STYLES[line.tone])


def _rendered(block: Block) -> RenderableType:
    if isinstance(block, Line):
        return text(block)
    if isinstance(block, Facts):
        listing = Table.grid(padding=(0, 2))
        for label, value in block.pairs:
            listing.add_row(Text(label, style="dim"), text(value))
        return listing
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for column in block.columns:
        table.add_column(column, overflow="fold")
    for cells in block.rows:
        table.add_row(*(text(cell) for cell in cells))
    return table
