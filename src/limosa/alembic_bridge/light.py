"""Lets Alembic load faster, and in less memory, by leaving to its first use what hardly anybody uses."""

from __future__ import annotations

import sys
from importlib import util


def load_lazily(name: str) -> None:
    """Put off executing a module until somebody asks for anything in it; harmless where it is loaded.

    See ``importlib.util.LazyLoader``. Whoever imports the module afterwards gets the same one, unexecuted.
    """
    parent, _, child = name.rpartition(".")
    try:
        spec = None if name in sys.modules else util.find_spec(name)
    except ModuleNotFoundError:  # the parent, which ``find_spec`` imports
        spec = None
    if spec is None or spec.loader is None:
        return
    spec.loader = util.LazyLoader(spec.loader)
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    setattr(sys.modules[parent], child, module)  # as the import system does
    spec.loader.exec_module(module)
