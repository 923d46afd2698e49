-- name: keep_source
-- The text of a file as it was applied, once.
INSERT INTO limosa.source (digest, path, body) VALUES (:digest, :path, :body) ON CONFLICT (digest) DO NOTHING;

-- name: body
-- A text by its digest.
SELECT path, body FROM limosa.source WHERE digest = :digest;

-- name: applied
-- For each revision the step that was taken last, where that was upwards: it is what the database was made with.
SELECT e.revision, e.checksum, e.source, e.imported, e.finished_at, e.actor, e.host, e.tool
  FROM limosa.entry e
  JOIN (SELECT max(seq) AS seq FROM limosa.entry
         WHERE outcome = 'applied' AND direction IN ('upgrade', 'downgrade') GROUP BY revision) last ON last.seq = e.seq
 WHERE e.direction = 'upgrade' AND e.checksum IS NOT NULL;

-- name: imported
-- What revisions imported when they were applied, each list once.
SELECT digest, body FROM limosa.source WHERE digest IN (SELECT imported FROM limosa.entry WHERE imported IS NOT NULL);

-- name: accept
-- Somebody has said why a revision differs from what was applied.
INSERT INTO limosa.acceptance (revision, applied, on_disk, source, reason, accepted_at, actor, host, pid, tool)
VALUES (:revision, :applied, :on_disk, :source, :reason, :accepted_at, :actor, :host, :pid, :tool);

-- name: acceptances
-- All that was ever accepted, the newest last.
SELECT revision, applied, on_disk, reason, accepted_at, actor, host FROM limosa.acceptance ORDER BY seq;

-- name: last_move
-- Who last brought a database up to this version row. Plain Alembic leaves the revision unnamed; where it went down to
-- the row, a step that once went up from there is in the ledger.
SELECT e.finished_at, e.actor, e.host, e.tool, e.direction FROM limosa.entry e
 WHERE e.outcome = 'applied' AND (e.direction IS NULL OR e.direction IN ('upgrade', 'stamp'))
   AND (e.revision = :revision
        OR (e.revision IS NULL AND e.to_versions = :revision
            AND NOT EXISTS (SELECT 1 FROM limosa.entry u WHERE u.direction = 'upgrade' AND u.revision = e.from_versions
                                                           AND u.from_versions = :revision)))
 ORDER BY e.seq DESC LIMIT 1;

-- name: last_source
-- The text with which a revision was last applied here; none where plain Alembic did that, in the same sense as above.
SELECT s.path, s.body, e.imported FROM limosa.entry e LEFT JOIN limosa.source s ON s.digest = e.source
 WHERE e.outcome = 'applied' AND (e.direction IS NULL OR e.direction = 'upgrade')
   AND (e.revision = :revision
        OR (e.revision IS NULL AND e.to_versions = :revision
            AND NOT EXISTS (SELECT 1 FROM limosa.entry u WHERE u.direction = 'upgrade' AND u.revision = e.from_versions
                                                           AND u.from_versions = :revision)))
 ORDER BY e.seq DESC LIMIT 1;

-- name: texts
-- All texts that were ever applied, those of helper modules included.
SELECT body FROM limosa.source ORDER BY digest;
