-- name: keep_sources
-- The texts of several revisions, each once.
INSERT INTO limosa_source (digest, path, body)
SELECT json_extract(value, '$.source'), json_extract(value, '$.path'), json_extract(value, '$.body')
  FROM json_each(:entries) WHERE true
ON CONFLICT (digest) DO NOTHING;

-- name: write_entries
-- The steps that a snapshot stood for, in their order; how long each once took is not known.
INSERT INTO limosa_entry (run, revision, direction, from_versions, to_versions, started_at, finished_at, outcome,
                          actor, host, pid, tool, checksum, source, imported)
SELECT :run, json_extract(value, '$.revision'), 'upgrade', json_extract(value, '$.from_versions'),
       json_extract(value, '$.to_versions'), :started_at, :finished_at, 'applied', :actor, :host, :pid, :tool,
       json_extract(value, '$.checksum'), json_extract(value, '$.source'),
       json_extract(value, '$.imported')
  FROM json_each(:entries) ORDER BY key;
