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
-- Who last brought a database to this version row; plain Alembic leaves the revision unnamed.
SELECT revision, checksum, finished_at, actor, host, tool, direction FROM limosa.entry
 WHERE outcome = 'applied' AND (direction IS NULL OR direction IN ('upgrade', 'stamp'))
   AND (revision = :revision OR (revision IS NULL AND to_versions = :revision))
 ORDER BY seq DESC LIMIT 1;

-- name: last_source
-- The text with which a revision was last applied here.
SELECT e.source, s.path, s.body, e.imported FROM limosa.entry e JOIN limosa.source s ON s.digest = e.source
 WHERE e.revision = :revision AND e.outcome = 'applied' AND e.direction = 'upgrade'
 ORDER BY e.seq DESC LIMIT 1;

-- name: texts
-- All texts that were ever applied, those of helper modules included.
SELECT body FROM limosa.source ORDER BY digest;
