"""``limosa export``: the project's revisions as documents."""

from __future__ import annotations

from pathlib import Path

import click

from limosa.cli.call import Call
from limosa.cli.environments import environment_options, surveyed
from limosa.cli.group import command as limosa_command


@limosa_command("export")
@click.argument("what", type=click.Choice(["docs"]), metavar="WHAT")
@click.argument("folder", type=click.Path(path_type=Path))
@environment_options
@click.pass_obj
def command(  # one parameter for each option
    call: Call,
    what: str,
    folder: Path,
    environments: tuple[str, ...],
    *,
    is_everywhere: bool,
    is_offline: bool,
) -> None:
    """Write a page about each revision.

    WHAT is docs: Markdown pages in FOLDER, and an index with the graph. Each page says what the
    revision is for, what it does, who wrote it, and when it was applied where. Run again, only what
    has changed is written, and pages of revisions that are gone are removed; files of others are
    never touched.
    """
    del what  # there is one kind so far
    from limosa.cli.views.project import export_page  # noqa: PLC0415  # commands load when they run

    project, places = surveyed(call, environments, is_everywhere=is_everywhere, is_offline=is_offline)
    report = project.export_docs(
        folder,
        standings=[status for place in places for status in place.statuses],
        histories={place.environment: place.migrator.history() for place in places if place.migrator},
    )
    call.answer(report, export_page(report), is_report=True)
