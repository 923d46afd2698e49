"""``limosa init``: a new project, or Limosa's settings beside an existing Alembic one."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("init")
@click.option(
    "--folder", default="migrations", show_default=True, help="The folder of a new project's scripts."
)
@click.pass_obj
def command(call: Call, folder: str) -> None:
    """Start a project, or adopt one of Alembic's.

    In a folder with an alembic.ini, or with [tool.alembic] in its pyproject.toml, only
    limosa.toml is written, and nothing that exists is edited. Alembic's file may be elsewhere
    or have another name: --config names it.
    """
    from limosa.cli.views.project import scaffold_page  # noqa: PLC0415  # commands load when they run
    from limosa.config.scaffold import scaffold, write  # noqa: PLC0415

    plan = scaffold(call.project, folder=folder, config=call.config)
    written = write(plan)
    answer = {"root": plan.root, "adopts": plan.adopts, "files": written, "next_steps": plan.next_steps}
    call.answer(answer, scaffold_page(plan), is_report=True)
