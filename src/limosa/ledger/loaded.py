"""What a snapshot stood for, written into the ledger at once: each revision counts as applied."""

from __future__ import annotations

import json
from collections.abc import Iterable

from limosa.engines.base import Engine
from limosa.engines.queries import load
from limosa.ledger.sources import Sources, digest_of
from limosa.ledger.who import now, who
from limosa.model.imported import RevisionSource
from limosa.model.plan import Step
from limosa.model.session import Session


def write_loaded(
    engine: Engine,
    session: Session,
    run: int,
    steps: Iterable[tuple[Step, RevisionSource]],
    *,
    snapshot: str,
    started_at: str,
) -> None:
    """Write an entry for each step, with the source of its revision and the snapshot's name."""
    sources, queries = Sources(engine), load(__file__, f"loaded_{engine.name}.sql")
    entries = json.dumps(
        [
            {
                "revision": step.revision.id,
                "from_versions": ",".join(step.before),
                "to_versions": ",".join(step.after),
                "checksum": step.revision.checksum,
                "source": digest_of(source.text),
                "imported": sources.keep_imported(session, source.imported),
                "path": str(step.revision.path),
                "body": source.text,
            }
            for step, source in steps
        ]
    )
    runner = who()
    runner["tool"] = f"{runner['tool']}, snapshot {snapshot}"
    session.change(queries["keep_sources"], entries=entries)
    session.change(
        queries["write_entries"],
        entries=entries,
        run=run,
        started_at=started_at,
        finished_at=now(),
        **runner,
    )
