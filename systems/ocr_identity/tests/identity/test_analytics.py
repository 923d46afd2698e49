"""The second database: revisions of its own, counts that can be made again, and never the first one's URL."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert

from app.analytics.counting import count_day
from app.database import open_engine, writing
from app.models import AuditLog
from app.settings import SettingsError, analytics_url, database_url, environment
from tests.identity.project import System

DAY = dt.date(2026, 3, 1)


def test_a_day_is_counted_from_midnight_to_midnight(system: System) -> None:
    """What the trail says of the day is counted, its edges on the right side; twice is once."""
    system.up_both()
    main, analytics = system.engine(), open_engine(system.settings.analytics)
    midnight = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    moments = [midnight - dt.timedelta(seconds=1), midnight, midnight + dt.timedelta(hours=23, minutes=59)]
    with writing(main) as connection:
        for moment in [*moments, midnight + dt.timedelta(days=1)]:
            connection.execute(insert(AuditLog).values(action="a", created_at=moment))
        connection.execute(insert(AuditLog).values(action="b", created_at=midnight))
    counted = [count_day(main, analytics, DAY) for _ in range(2)]
    main.dispose()
    analytics.dispose()

    assert counted == [{"a": 2, "b": 1}] * 2
    rows = system.analytics.rows("SELECT day, action, count FROM daily_counts ORDER BY action")
    assert [(str(day), action, count) for day, action, count in rows] == [
        ("2026-03-01", "a", 2),
        ("2026-03-01", "b", 1),
    ]


def test_analytics_goes_up_and_down_by_itself(on_sqlite: System) -> None:
    """Its revisions run without the first database being touched."""
    on_sqlite.migrate("-n", "analytics", "upgrade")
    on_sqlite.migrate("-n", "analytics", "downgrade", "base")

    assert "daily_counts" not in on_sqlite.analytics.tables()
    assert "users" not in on_sqlite.main.tables()


@pytest.mark.parametrize("name", ["staging", "production"])
def test_outside_development_each_database_must_be_named(name: str) -> None:
    """There is no default, and no credential, for what is not a developer's own."""
    for find, variable in ((database_url, "_DATABASE_URL"), (analytics_url, "_ANALYTICS_DATABASE_URL")):
        with pytest.raises(SettingsError, match=f"{name.upper()}{variable} is not set"):
            find({"ENVIRONMENT": name})


def test_one_database_cannot_be_both() -> None:
    """Two lines of revisions in one database would take each other's version for their own."""
    both = {
        "DEVELOPMENT_DATABASE_URL": "sqlite:////tmp/x",
        "DEVELOPMENT_ANALYTICS_DATABASE_URL": "sqlite:////tmp/x",
    }
    with pytest.raises(SettingsError, match="same URL"):
        analytics_url(both)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ENVIRONMENT": "prod"}, "must be one of development, staging, production"),
        ({"ENVIRONMENT": "staging", "LIMOSA_ENV": "production"}, "set both alike"),
    ],
)
def test_an_unknown_environment_is_refused(variables: dict[str, str], said: str) -> None:
    """A slip of the pen does not become the development database."""
    with pytest.raises(SettingsError, match=said):
        environment(variables)


def test_a_url_that_is_none_is_not_repeated() -> None:
    """The message names the variable and not its value, which may hold a password."""
    with pytest.raises(SettingsError) as caught:
        database_url({"DEVELOPMENT_DATABASE_URL": "postgresql//user:hunter2@host"})

    assert "DEVELOPMENT_DATABASE_URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
