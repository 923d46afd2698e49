"""New revision files, written by Alembic itself from the project's own template."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from alembic import command
from alembic.script import Script
from alembic.util import CommandError

from limosa.alembic_bridge.application import application_present
from limosa.alembic_bridge.blame import remedy, told
from limosa.alembic_bridge.environment import ONE_AT_A_TIME, event_loop_at_hand, logging_kept
from limosa.alembic_bridge.own import own_tables_hidden
from limosa.alembic_bridge.project import AlembicProject, config_of, in_folder, password_added
from limosa.errors import LimosaError, RevisionFailed, UsageError

if TYPE_CHECKING:
    from alembic.operations.ops import MigrationScript


_WITHOUT_MODELS = "compare nothing, which needs no models and no database: limosa create --empty MESSAGE"


class Created(NamedTuple):
    """A revision file that was written."""

    path: Path
    found_nothing: bool
    """Were models and database compared, without any difference?"""


def create_revision(
    project: AlembicProject, *, message: str, revision: str | None, autogenerate: bool
) -> Created:
    """Write a revision file; raise UsageError where Alembic refuses.

    With ``autogenerate`` env.py runs, compares the models with the database, and fills in
    both functions; without, both are written empty.
    """
    config = config_of(project)
    config.stdout = io.StringIO()
    drafts: list[MigrationScript] = []

    def keep(_context: Any, _revision: Any, directives: list[MigrationScript]) -> None:
        nonlocal drafts
        drafts = directives  # the list itself: env.py has its turn at it after us

    with ONE_AT_A_TIME, contextlib.ExitStack() as stack:
        stack.enter_context(in_folder(project))
        stack.enter_context(password_added(project.url))
        stack.enter_context(logging_kept())
        stack.enter_context(own_tables_hidden())
        stack.enter_context(event_loop_at_hand())
        if autogenerate:
            stack.enter_context(application_present(project))
        try:
            made = command.revision(
                config,
                message=message,
                autogenerate=autogenerate,
                rev_id=revision,
                process_revision_directives=keep,
            )
        except CommandError as error:
            raise _refused(str(error)) from error
        except LimosaError:
            raise
        except Exception as error:
            raise RevisionFailed(
                f"env.py failed while the models were compared: {told(error, project.root)}",
                hint="; or ".join(filter(None, (remedy(error, project.root), _WITHOUT_MODELS))),
            ) from error
    script = made[0] if isinstance(made, list) else made
    if not isinstance(script, Script):
        raise UsageError(
            "env.py took the new revision back (process_revision_directives), so no file was written",
            hint="there may be nothing to migrate: 'alembic check' tells; or use --empty",
        )
    return Created(Path(script.path), autogenerate and all(map(_is_empty, drafts)))


def _is_empty(draft: MigrationScript) -> bool:
    return all(ops.is_empty() for ops in (*draft.upgrade_ops_list, *draft.downgrade_ops_list))


def _refused(reason: str) -> UsageError:
    if "not up to date" in reason:
        hint = "the models are compared with a database at head: run 'limosa upgrade' first, or use --empty"
    elif "ultiple heads" in reason:
        hint = "join the heads first: alembic merge heads"
    elif "target_metadata" in reason or "MetaData" in reason:
        hint = "give env.py the models' metadata as target_metadata, or use --empty"
    else:
        hint = "'limosa create --empty MESSAGE' writes a revision without comparing anything"
    return UsageError(f"Alembic cannot write the revision: {reason}", hint=hint)
