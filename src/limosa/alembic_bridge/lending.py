"""Lends modules that are no longer on disk to revisions that import them, for the length of a block."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


class _Lender(MetaPathFinder):
    """Asked last, so that whatever is on disk goes first."""

    def __init__(self, modules: Mapping[str, Path]) -> None:
        self._modules = modules

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # the protocol's
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find a module by its full name, or a package that is only there to hold one."""
        found = self._modules.get(fullname)
        if found is not None:
            folders = [str(found.parent)] if found.name == "__init__.py" else None
            return importlib.util.spec_from_file_location(fullname, found, submodule_search_locations=folders)
        if any(name.startswith(f"{fullname}.") for name in self._modules):
            return ModuleSpec(fullname, None, is_package=True)
        return None


@contextlib.contextmanager
def lent(modules: Mapping[str, Path]) -> Iterator[None]:
    """Let imports of these names find these files, and forget them in the end."""
    if not modules:
        yield
        return
    before, lender = set(sys.modules), _Lender(modules)
    sys.meta_path.append(lender)
    try:
        yield
    finally:
        sys.meta_path.remove(lender)
        for name in set(sys.modules) - before:
            if any(name == one or one.startswith(f"{name}.") for one in modules):
                del sys.modules[name]
