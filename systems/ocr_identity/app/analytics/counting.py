"""Daily counts, made from the trail: absolute numbers, so that counting twice changes nothing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, Engine, delete, func, insert, select

from app.analytics.models import DailyCount
from app.database import reading, writing
from app.models import AuditLog


def count_day(source: Engine, target: Engine, day: dt.date) -> dict[str, int]:
    """Count what the trail says of one day, put it in the place of what was counted before, and return it."""
    with reading(source) as connection:
        counts = _counts(connection, day)
    rows = [{"day": day, "action": action, "count": count} for action, count in counts.items()]
    with writing(target) as connection:
        connection.execute(delete(DailyCount).where(DailyCount.day == day))
        if rows:
            connection.execute(insert(DailyCount), rows)
    return counts


def _counts(connection: Connection, day: dt.date) -> dict[str, int]:
    begin = dt.datetime.combine(day, dt.time(), dt.UTC)
    end = begin + dt.timedelta(days=1)
    query = (
        select(AuditLog.action, func.count())
        .where(AuditLog.created_at >= begin, AuditLog.created_at < end)
        .group_by(AuditLog.action)
        .order_by(AuditLog.action)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
