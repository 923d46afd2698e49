"""Which revisions a baseline can replace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import UsageError

if TYPE_CHECKING:
    from limosa.graph import Graph
    from limosa.model.plan import Plan


def check_squash(graph: Graph, plan: Plan) -> None:
    """Refuse what no single baseline can stand for; ``plan`` runs all of it on an empty database.

    Branches and merges inside are no matter, as long as nothing outside leads into them.
    """
    last = plan.after[-1] if plan.after else ""
    inside = {step.revision.id for step in plan.steps}
    if len(plan.after) != 1:
        raise UsageError(
            f"a baseline ends in one revision, and '{plan.target}' means {len(plan.after)}: "
            f"{', '.join(plan.after) or 'none'}",
            hint="merge them first (alembic merge heads), or name one: limosa squash REV",
            target=plan.target,
        )
    if len(inside) < 2:  # noqa: PLR2004  fewer are nothing to put together
        raise UsageError(
            f"'{last}' stands on no other revision, so there is nothing to squash",
            hint="see what stands on what: limosa graph",
            target=plan.target,
        )
    for name in graph.revisions:
        if name in inside:
            continue
        into = (set(graph.revisions[name].parents) | set(graph.dependencies(name))) & (inside - {last})
        if into:
            raise UsageError(
                f"revision '{name}' stands on '{min(into)}', which would be gone",
                hint=f"squash up to '{min(into)}' at most, or merge '{name}' and '{last}' and squash both",
                target=plan.target,
                revision=name,
            )
