"""The order of running: newest first, each revision before all that it stands on, as Alembic walks it.

Several lines are walked one after the other, each for as long as nothing else stands on
its next revision. Which line comes first decides the order of steps in every existing
project, so it is Alembic's choice that counts here, not a nicer one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import GraphError
from limosa.graph.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from limosa.graph.shape import Shape


def newest_first(shape: Shape, chosen: Collection[str], tips: Iterable[str]) -> list[str]:
    """Return the chosen revisions, walked down from the tips."""
    walk = _Walk(shape, chosen)
    walk.from_tips(tips)
    if walk.todo:
        missed = sorted(walk.todo)
        raise GraphError(
            f"no order can be found that reaches {quoted(missed)}",
            hint="name a target on one branch: limosa heads",
            revisions=tuple(missed),
            paths=tuple(shape.links[name].path for name in missed),
        )
    return walk.output


class _Walk:
    """Several lines, each at its next revision; the walk stays on one for as long as it may."""

    def __init__(self, shape: Shape, chosen: Collection[str]) -> None:
        self.shape = shape
        self.chosen = tuple(chosen)
        self.todo = set(chosen)
        self.output: list[str] = []
        self._reach: dict[str, int] | None = None

    def from_tips(self, tips: Iterable[str]) -> None:
        """Walk until every line has ended."""
        lines = sorted({tip for tip in tips if tip in self.todo}, key=self.shape.positions.__getitem__)
        at = 0
        while lines:
            above = self._line_above(lines, at)
            if above is not None:
                at = above
                continue
            name = lines[at]
            if name in self.todo:
                self.output.append(name)
                self.todo.remove(name)
            onward = [lower for lower in self.shape.below(name) if lower in self.todo and lower not in lines]
            if onward:
                lines[at] = onward[0]
                lines.extend(onward[1:])
            else:
                del lines[at]
                at = max(at - 1, 0)

    def _line_above(self, lines: list[str], at: int) -> int | None:
        """Return the first line that still has to come down past the revision at ``at``."""
        if len(lines) == 1:
            return None
        if self._reach is None:
            self._reach = self._reaches(lines)
        mark = 1 << self._bits[lines[at]]
        for place, name in enumerate(lines):
            if place != at and self._reach[name] & mark:
                return place
        return None

    def _reaches(self, lines: list[str]) -> dict[str, int]:
        """For each revision below the lines, which of those still to do it stands on: a bit each."""
        self._bits = {name: bit for bit, name in enumerate(self.chosen)}
        within = self.shape.ancestors([*lines, *self.todo])
        reach: dict[str, int] = {}
        for name in self.shape.rising:
            if name in within:
                bit = self._bits.get(name)
                bits = 0 if bit is None else 1 << bit
                for lower in self.shape.below(name):
                    bits |= reach[lower]
                reach[name] = bits
        return reach
