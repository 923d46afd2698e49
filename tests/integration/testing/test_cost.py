"""What the plugin costs a run that has nothing to do with it: nothing to speak of."""

from __future__ import annotations

import pytest

HEAVY = {"alembic", "sqlalchemy", "psycopg", "click", "rich", "asyncio"}
ALLOWED = {"limosa", "limosa.testing", "limosa.testing.current", "limosa.testing.plugin"}


def test_a_run_that_asks_for_nothing_loads_nothing(pytester: pytest.Pytester) -> None:
    """Neither SQLAlchemy nor Alembic nor any room of ours but the hooks themselves."""
    pytester.makepyfile(
        f"""
        import sys

        def test_it(request):
            assert request.config.pluginmanager.has_plugin("limosa")
            assert not {HEAVY!r} & set(sys.modules)
            assert {{name for name in sys.modules if name.split(".")[0] == "limosa"}} == {ALLOWED!r}
        """
    )
    others = ("pytest_alembic", "schemathesis", "anyio", "xdist", "hypothesispytest")
    done = pytester.runpytest_subprocess(*(word for name in others for word in ("-p", f"no:{name}")))
    done.assert_outcomes(passed=1)
