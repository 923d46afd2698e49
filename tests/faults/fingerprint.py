"""What a schema is, as one value: two databases with equal fingerprints have the same schema.

Bookkeeping is left out: Limosa's own tables, Alembic's version table and its triggers. Names,
order and types of columns, defaults, constraints, indexes and whether they are valid, triggers,
functions and sequences all count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.fixtures.targets import Target

Fingerprint = tuple[str, ...]

_SQLITE = """
SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master
 WHERE tbl_name <> 'alembic_version' AND tbl_name NOT LIKE 'limosa\\_%' ESCAPE '\\'
"""
_POSTGRESQL = """
WITH here AS (
    SELECT c.oid, c.relname, c.relkind FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace
       AND c.relname NOT IN ('alembic_version', 'alembic_version_pkc')
)
SELECT 'relation', relname, relkind::text, '' FROM here
UNION ALL
SELECT 'column', h.relname,
       format('%s %s %s', row_number() OVER (PARTITION BY h.oid ORDER BY a.attnum), a.attname,
              format_type(a.atttypid, a.atttypmod)),
       format('%s %s', CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid))
  FROM here h JOIN pg_attribute a ON a.attrelid = h.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE h.relkind IN ('r', 'p')
UNION ALL
SELECT 'constraint', h.relname, k.conname, format('%s %s', pg_get_constraintdef(k.oid), k.convalidated)
  FROM here h JOIN pg_constraint k ON k.conrelid = h.oid
UNION ALL
SELECT 'index', h.relname, pg_get_indexdef(h.oid), format('%s %s', i.indisvalid, i.indisready)
  FROM here h JOIN pg_index i ON i.indexrelid = h.oid
UNION ALL
SELECT 'trigger', h.relname, t.tgname, pg_get_triggerdef(t.oid)
  FROM here h JOIN pg_trigger t ON t.tgrelid = h.oid AND NOT t.tgisinternal
UNION ALL
SELECT 'function', p.proname, pg_get_functiondef(p.oid), ''
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
UNION ALL
SELECT 'type', t.typname, t.typtype::text, ''
  FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
"""


def fingerprint(target: Target) -> Fingerprint:
    """Return the schema of a database as one line a thing, sorted."""
    if target.engine == "postgresql":
        return tuple(sorted(" | ".join(map(str, row)) for row in target.rows(_POSTGRESQL)))
    return tuple(sorted(line for row in target.rows(_SQLITE) for line in _lines(*row)))


def _lines(kind: str, name: str, table: str, sql: str) -> Iterator[str]:
    """A table is its columns in order and its constraints in any: Alembic's rebuild takes them from a set."""
    text = re.sub(r"\s+", " ", sql)
    if kind != "table":
        yield f"{kind} | {name} | {table} | {text}"
        return
    column = 0
    for part in _parts(text[text.index("(") + 1 : text.rindex(")")]):
        is_constraint = re.match(r"(CONSTRAINT|PRIMARY KEY|UNIQUE|FOREIGN KEY|CHECK)\b", part)
        column += not is_constraint
        yield f"{'constraint' if is_constraint else f'column {column}'} | {table} | {part}"


def _parts(body: str) -> Iterator[str]:
    depth, part = 0, ""
    for sign in body:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            yield part.strip()
            part = ""
        else:
            part += sign
    yield part.strip()


def versions(target: Target) -> tuple[str, ...]:
    """Return the version rows, sorted; none where the table is not there."""
    names = {name for name in target.tables() if name.endswith("alembic_version")}
    assert len(names) <= 1, names
    return tuple(sorted(row[0] for name in names for row in target.rows(f"SELECT version_num FROM {name}")))
