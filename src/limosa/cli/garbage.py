"""The garbage collector of a process that is one command: it need not look through what was loaded."""

from __future__ import annotations

import gc

from limosa.model.events import Event, StepStarted

_WHILE_LOADING = 50_000
_WHILE_RUNNING = 2_000


def spare_what_is_loaded() -> None:
    """Collect seldom while modules and revisions are loaded: nearly all that is made then is kept.

    For a process of our own; whoever calls the command as a function keeps its collector as it is.
    """
    gc.set_threshold(_WHILE_LOADING, 10, 10)


class Settling:
    """A sink: with the first step all is loaded, and from then on only what steps leave is collected."""

    kinds = (StepStarted,)

    def __call__(self, _: Event) -> None:
        """Put what was loaded aside, once, where it was spared."""
        if gc.get_threshold()[0] == _WHILE_LOADING:
            gc.freeze()
            gc.set_threshold(_WHILE_RUNNING, 10, 10)
