-- name: keep_sources
-- The texts of several revisions, each once.
INSERT INTO limosa.source (digest, path, body)
SELECT e ->> 'source', e ->> 'path', e ->> 'body' FROM json_array_elements(CAST(:entries AS json)) AS e
ON CONFLICT (digest) DO NOTHING;

-- name: write_entries
-- The steps that a snapshot stood for, in their order; how long each once took is not known.
INSERT INTO limosa.entry (run, revision, direction, from_versions, to_versions, started_at, finished_at, outcome,
                          actor, host, pid, tool, checksum, source, imported)
SELECT :run, e ->> 'revision', 'upgrade', e ->> 'from_versions', e ->> 'to_versions', :started_at, :finished_at,
       'applied', :actor, :host, :pid, :tool, e ->> 'checksum', e ->> 'source', e ->> 'imported'
  FROM json_array_elements(CAST(:entries AS json)) WITH ORDINALITY AS t (e, place) ORDER BY place;
