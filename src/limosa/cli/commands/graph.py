"""``limosa graph``: the revision graph as text, Mermaid or SVG."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from limosa.cli.call import Call
from limosa.cli.environments import environment_options, surveyed
from limosa.cli.group import command as limosa_command


@limosa_command("graph")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "svg"]),
    default="text",
    show_default=True,
    metavar="FORM",
    help="text, mermaid or svg.",
)
@click.option("-o", "--output", metavar="FILE", help="Write it into this file instead of stdout.")
@click.option("-r", "--rev-range", metavar="FROM:TO", help="Only the revisions of this range.")
@click.option("--branch", metavar="NAME", help="Only a branch: a label, or a revision and its line.")
@environment_options
@click.pass_obj
def command(  # one parameter for each option
    call: Call,
    form: str,
    output: str | None,
    rev_range: str | None,
    branch: str | None,
    environments: tuple[str, ...],
    *,
    is_everywhere: bool,
    is_offline: bool,
) -> None:
    """Draw the revision graph, with what is applied where.

    The newest revision is at the top. By default the database of the chosen environment is asked.
    """
    from limosa.graph.drawing import as_mermaid, as_svg, as_text  # noqa: PLC0415  # commands load when they run

    project, places = surveyed(call, environments, is_everywhere=is_everywhere, is_offline=is_offline)
    standings = [status for place in places for status in place.statuses]
    picture = project.picture(range_=rev_range, branch=branch, standings=standings)
    if call.wants_json and output is None:
        call.answer_json(picture)
        return
    title = f"Revisions of {project.settings.root.name}"
    drawings: dict[str, Callable[[], str]] = {
        "text": lambda: as_text(picture, is_ascii=output is None and not _can_print_lines()),
        "mermaid": lambda: as_mermaid(picture),
        "svg": lambda: as_svg(picture, title=title),
    }
    drawn = drawings[form]()
    if output is None or output == "-":
        sys.stdout.write(drawn)
    else:
        call.write_file(Path(output), drawn)


def _can_print_lines() -> bool:
    try:
        "●┊".encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
