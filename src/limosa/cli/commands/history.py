"""``limosa history``: the revisions on disk, and what the ledger says of each."""

from __future__ import annotations

from typing import Any

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("history")
@click.option("--all", "with_ledger", is_flag=True, help="Show the whole ledger, too: every step ever taken.")
@click.option("-r", "--rev-range", metavar="FROM:TO", help="Only the revisions of this range.")
@click.pass_obj
def command(call: Call, *, with_ledger: bool, rev_range: str | None) -> None:
    """Show the revisions on disk, and when each was applied.

    The newest is first. With --all the ledger follows: who took which step, when, how long.
    """
    from limosa.cli.page import Line  # noqa: PLC0415  # commands load when they run
    from limosa.cli.views.revisions import history_page, ledger_page  # noqa: PLC0415

    migrator = call.migrator()
    entries = migrator.history(range_=rev_range)
    answer: dict[str, Any] = {"revisions": entries}
    page = history_page(entries)
    if with_ledger:
        record = migrator.record()
        answer["ledger"] = record
        page = (*page, Line("\nledger:"), *ledger_page(record))
    call.answer(answer, page)
