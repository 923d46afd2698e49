"""The text of a baseline revision: plain Alembic, with the statements in it."""

from __future__ import annotations

from collections.abc import Sequence

from limosa.model.squash import Squash

_TEXT = '''\
"""Baseline: all that {count} revisions made, up to '{revision}'

Revision ID: {revision}
Revises:

The files of the revisions that it replaces are in '{folder}'. A database that stands at
'{revision}' or above goes on as before. One that stands below is taken to '{revision}' first: by
'limosa upgrade', which finds the files, or by plain Alembic with this in its configuration
for as long as that takes, and 'alembic upgrade {revision}':

    version_locations = {folder}
"""

from alembic import op

revision = {revision!r}
down_revision = None
branch_labels = {labels!r}
depends_on = None
replaces = [
{replaces}
]

_DIALECT = {dialect!r}
_UP = (
{up}
)
_DOWN = (
{down}
)


def upgrade() -> None:
    """Make what the replaced revisions made, rows included."""
    _run(_UP)


def downgrade() -> None:
    """Drop all of it."""
    _run(_DOWN)


def _run(statements: tuple[str, ...]) -> None:
    context = op.get_context()
    if context.dialect.name != _DIALECT:
        raise NotImplementedError(f"made for {{_DIALECT}}, and not for {{context.dialect.name}}")
    for statement in statements:
        if context.as_sql:
            context.impl.static_output(f"{{statement}};")
        else:
            # as it stands: neither : nor % means anything in it
            op.get_bind().exec_driver_sql(statement, execution_options={{"no_parameters": True}})
'''


def baseline_text(
    squash: Squash, *, folder: str, dialect: str, up: Sequence[str], down: Sequence[str]
) -> str:
    """Return the file of the baseline; ``folder`` is the one of the replaced files, as people name it."""
    return _TEXT.format(
        count=len(squash.replaces) + 1,
        revision=squash.revision,
        folder=folder,
        labels=squash.labels or None,
        replaces="\n".join(f"    {name!r}," for name in squash.replaces),
        dialect=dialect,
        up="\n".join(f"    {_literal(text)}," for text in up),
        down="\n".join(f"    {_literal(text)}," for text in down),
    )


def _literal(text: str) -> str:
    """Return a Python literal that people can read."""
    is_plain = "\\" not in text and '"""' not in text and not text.endswith('"') and text.isprintable()
    if is_plain or ("\n" in text and _prints_by_lines(text)):
        return f'"""{text}"""' if "\n" in text or '"' in text else f'"{text}"'
    return repr(text)


def _prints_by_lines(text: str) -> bool:
    has_trap = "\\" in text or '"""' in text or text.endswith('"') or "\r" in text
    return not has_trap and all(line.isprintable() for line in text.replace("\t", " ").split("\n"))
