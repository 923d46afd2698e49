-- name: settings
-- What 'look' will change for a moment.
SELECT current_setting('search_path'), current_setting('jit');

-- name: look
-- Without a search path every name is written with its schema; compiling a query takes longer than it runs.
SELECT set_config('search_path', :path, true), set_config('jit', :jit, true);

-- name: relations
-- Tables, views, sequences, indexes and everything that belongs to one. An index behind a constraint is told there.
WITH member AS MATERIALIZED (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), remark AS MATERIALIZED (
    SELECT objoid, classoid, objsubid, 'COMMENT ' || quote_literal(description) AS text
      FROM pg_description WHERE objoid >= 16384
), relation AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.relpersistence, c.relispartition, c.relpartbound, c.reloftype, c.relam,
           c.reltoastrelid, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relhasindex,
           quote_ident(n.nspname) AS space, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c') AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('information_schema', 'limosa') AND n.nspname NOT LIKE 'pg\_%'
       AND NOT (c.relname = :version_table AND n.nspname = coalesce(:version_schema, n.nspname))
       AND NOT EXISTS (SELECT FROM member m
                        WHERE m.classid = CAST('pg_class' AS regclass) AND m.objid = c.oid)
), parent AS MATERIALIZED (
    SELECT h.inhrelid, string_agg(CAST(CAST(h.inhparent AS regclass) AS text), ', ' ORDER BY h.inhseqno)
           || CASE WHEN bool_or(h.inhdetachpending) THEN ' DETACH PENDING' ELSE '' END AS names
      FROM pg_inherits h GROUP BY h.inhrelid
), gathered AS MATERIALIZED (
    SELECT a.attrelid, 'STATISTICS ' || string_agg(a.attname || ' ' || a.attstattarget, ', ' ORDER BY a.attnum) AS text
      FROM pg_attribute a WHERE a.attstattarget >= 0 AND a.attrelid >= 16384 GROUP BY a.attrelid
)
SELECT CASE r.relkind WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                      WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'table' END,
       r.name,
       concat_ws(' ',
           CASE WHEN r.relpersistence = 'u' THEN 'UNLOGGED' END,
           CASE WHEN r.relkind IN ('v', 'm') THEN 'AS ' || pg_get_viewdef(r.oid) END,
           CASE WHEN r.relkind = 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(r.oid) END,
           CASE WHEN r.relkind = 'c' THEN (
               SELECT 'AS (' || string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                          CASE WHEN a.attcollation <> b.typcollation
                               THEN 'COLLATE ' || CAST(CAST(a.attcollation AS regcollation) AS text) END,
                          (SELECT m.text FROM remark m WHERE m.objoid = r.oid AND m.objsubid = a.attnum
                              AND m.classoid = CAST('pg_class' AS regclass))), ', ' ORDER BY a.attnum) || ')'
                 FROM pg_attribute a JOIN pg_type b ON b.oid = a.atttypid
                WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped) END,
           CASE WHEN r.relkind = 'S' THEN (
               SELECT concat_ws(' ', 'AS', format_type(s.seqtypid, NULL), 'START', s.seqstart, 'INCREMENT', s.seqincrement,
                                'FROM', s.seqmin, 'TO', s.seqmax, 'CACHE', s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' END)
                 FROM pg_sequence s WHERE s.seqrelid = r.oid) END,
           CASE WHEN r.relkind = 'S' THEN (
               SELECT CASE d.deptype WHEN 'i' THEN 'IDENTITY OF ' ELSE 'OWNED BY ' END
                      || CAST(CAST(d.refobjid AS regclass) AS text) || '.' || quote_ident(a.attname)
                 FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = r.oid AND d.objsubid = 0
                  AND d.refclassid = CAST('pg_class' AS regclass) AND d.deptype IN ('a', 'i')) END,
           CASE WHEN r.relispartition THEN 'PARTITION OF ' ELSE 'INHERITS ' END || p.names,
           pg_get_expr(r.relpartbound, r.oid),
           CASE WHEN r.reloftype <> 0 THEN 'OF ' || format_type(r.reloftype, NULL) END,
           'USING ' || (SELECT quote_ident(m.amname) FROM pg_am m WHERE m.oid = r.relam AND m.amname <> 'heap'),
           CASE WHEN r.reloptions IS NOT NULL THEN
               'WITH ' || CAST(ARRAY(SELECT unnest(r.reloptions) ORDER BY 1) AS text) END,
           CASE WHEN r.reltoastrelid <> 0 THEN (
               SELECT 'TOAST WITH ' || CAST(ARRAY(SELECT unnest(t.reloptions) ORDER BY 1) AS text)
                 FROM pg_class t WHERE t.oid = r.reltoastrelid AND t.reloptions IS NOT NULL) END,
           CASE WHEN r.relkind = 'f' THEN (
               SELECT concat_ws(' ', 'SERVER', quote_ident(s.srvname), 'OPTIONS', CAST(f.ftoptions AS text))
                 FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = r.oid) END,
           CASE WHEN r.relrowsecurity THEN 'ROW LEVEL SECURITY' END,
           CASE WHEN r.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END,
           CASE WHEN r.relkind IN ('r', 'p') THEN
               CASE r.relreplident WHEN 'n' THEN 'REPLICA IDENTITY NOTHING' WHEN 'f' THEN 'REPLICA IDENTITY FULL'
                                   WHEN 'i' THEN (SELECT 'REPLICA IDENTITY ' || CAST(CAST(x.indexrelid AS regclass) AS text)
                                                    FROM pg_index x WHERE x.indrelid = r.oid AND x.indisreplident) END END,
           m.text)
  FROM relation r
  LEFT JOIN parent p ON p.inhrelid = r.oid
  LEFT JOIN remark m ON m.objoid = r.oid AND m.classoid = CAST('pg_class' AS regclass) AND m.objsubid = 0
UNION ALL
SELECT 'column', r.name || '.' || quote_ident(a.attname),
       concat_ws(' ', format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attcollation <> t.typcollation
                THEN 'COLLATE ' || CAST(CAST(a.attcollation AS regcollation) AS text) END,
           CASE WHEN a.attnotnull THEN 'NOT NULL' END,
           CASE WHEN a.atthasdef THEN
               CASE a.attgenerated WHEN 's' THEN 'GENERATED ALWAYS STORED AS ' WHEN 'v' THEN 'GENERATED ALWAYS AS '
                                   ELSE 'DEFAULT ' END
               -- a text keeps the cast to the type that the column once had
               || regexp_replace(pg_get_expr(d.adbin, d.adrelid),
                                 '^(''([^'']|'''')*'')::(character varying|text)$', '\1') END,
           CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
                              WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY' END,
           CASE WHEN a.attstorage <> t.typstorage THEN 'STORAGE ' || CAST(a.attstorage AS text) END,
           CASE WHEN a.attcompression <> '' THEN 'COMPRESSION ' || CAST(a.attcompression AS text) END,
           CASE WHEN a.attstattarget >= 0 THEN 'STATISTICS ' || CAST(a.attstattarget AS text) END,
           'WITH ' || CAST(a.attoptions AS text), 'OPTIONS ' || CAST(a.attfdwoptions AS text), m.text)
  FROM relation r
  JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN remark m ON m.objoid = r.oid AND m.classoid = CAST('pg_class' AS regclass) AND m.objsubid = a.attnum
 WHERE r.relkind NOT IN ('S', 'c')
UNION ALL
-- PostgreSQL 18 keeps a constraint for every NOT NULL; only what is more than the column's own is told
SELECT 'constraint', r.name || '.' || quote_ident(k.conname),
       concat_ws(' ', pg_get_constraintdef(k.oid), 'WITH ' || CAST(i.reloptions AS text),
           CASE WHEN x.indisclustered THEN 'CLUSTER' END, CASE WHEN NOT (x.indisvalid AND x.indisready) THEN 'INVALID' END,
           m.text, n.text)
  FROM relation r
  JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype <> 't'
   AND (k.contype <> 'n' OR NOT k.convalidated OR k.connoinherit OR k.conname !~ '_not_null[0-9]*$')
   -- a key to a partitioned table has one copy a partition
   AND (k.conparentid = 0 OR NOT EXISTS (
       SELECT FROM pg_constraint o WHERE o.oid = k.conparentid AND o.conrelid = k.conrelid))
  LEFT JOIN pg_class i ON i.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_index x ON x.indexrelid = i.oid
  LEFT JOIN remark m ON m.objoid = k.oid AND m.classoid = CAST('pg_constraint' AS regclass)
  LEFT JOIN remark n ON n.objoid = i.oid AND n.classoid = CAST('pg_class' AS regclass)
UNION ALL
SELECT 'index', r.space || '.' || quote_ident(i.relname),
       concat_ws(' ', pg_get_indexdef(i.oid), 'PARTITION OF ' || p.names,
           CASE WHEN x.indisclustered THEN 'CLUSTER' END, CASE WHEN NOT (x.indisvalid AND x.indisready) THEN 'INVALID' END,
           g.text,
           m.text)
  FROM relation r
  JOIN pg_index x ON x.indrelid = r.oid
  JOIN pg_class i ON i.oid = x.indexrelid
  LEFT JOIN parent p ON p.inhrelid = i.oid
  LEFT JOIN gathered g ON g.attrelid = i.oid
  LEFT JOIN remark m ON m.objoid = i.oid AND m.classoid = CAST('pg_class' AS regclass)
 WHERE r.relhasindex AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'trigger', r.name || '.' || quote_ident(t.tgname),
       concat_ws(' ', pg_get_triggerdef(t.oid), CASE t.tgenabled WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLE REPLICA'
                                                                 WHEN 'A' THEN 'ENABLE ALWAYS' END, m.text)
  FROM relation r
  JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
  LEFT JOIN remark m ON m.objoid = t.oid AND m.classoid = CAST('pg_trigger' AS regclass)
UNION ALL
SELECT 'rule', r.name || '.' || quote_ident(w.rulename),
       concat_ws(' ', pg_get_ruledef(w.oid), CASE WHEN w.ev_enabled <> 'O' THEN 'ENABLED ' || CAST(w.ev_enabled AS text) END,
           m.text)
  FROM relation r
  JOIN pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
  LEFT JOIN remark m ON m.objoid = w.oid AND m.classoid = CAST('pg_rewrite' AS regclass)
UNION ALL
SELECT 'policy', r.name || '.' || quote_ident(l.polname),
       concat_ws(' ', CASE WHEN l.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR', CAST(l.polcmd AS text), 'TO',
           (SELECT string_agg(CASE u.id WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(u.id)) END, ', ' ORDER BY 1)
              FROM unnest(l.polroles) u (id)),
           'USING ' || pg_get_expr(l.polqual, l.polrelid), 'WITH CHECK ' || pg_get_expr(l.polwithcheck, l.polrelid), m.text)
  FROM relation r
  JOIN pg_policy l ON l.polrelid = r.oid
  LEFT JOIN remark m ON m.objoid = l.oid AND m.classoid = CAST('pg_policy' AS regclass);

-- name: others
-- Everything that belongs to no relation: schemas, types, functions, extensions, and the rarer kinds.
WITH member AS MATERIALIZED (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), space AS MATERIALIZED (
    SELECT oid, quote_ident(nspname) AS name FROM pg_namespace
     WHERE nspname NOT IN ('information_schema', 'limosa') AND nspname NOT LIKE 'pg\_%'
), object AS (
    SELECT CAST('pg_namespace' AS regclass) AS class, s.oid, 'schema' AS kind, s.name, '' AS definition FROM space s
    UNION ALL
    SELECT 'pg_type', t.oid, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END,
           s.name || '.' || quote_ident(t.typname),
           CASE t.typtype
               WHEN 'e' THEN 'AS ENUM (' || (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                                               FROM pg_enum e WHERE e.enumtypid = t.oid) || ')'
               WHEN 'd' THEN concat_ws(' ', 'AS', format_type(t.typbasetype, t.typtypmod),
                   CASE WHEN t.typcollation <> b.typcollation
                        THEN 'COLLATE ' || CAST(CAST(t.typcollation AS regcollation) AS text) END,
                   CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault)
               WHEN 'r' THEN (SELECT concat_ws(' ', 'AS RANGE OF', format_type(g.rngsubtype, NULL),
                                  CAST(CAST(g.rngcollation AS regcollation) AS text), o.opcname,
                                  CAST(g.rngcanonical AS text), CAST(g.rngsubdiff AS text), format_type(g.rngmultitypid, NULL))
                                FROM pg_range g JOIN pg_opclass o ON o.oid = g.rngsubopc WHERE g.rngtypid = t.oid)
               ELSE concat_ws(' ', CAST(t.typinput AS text), CAST(t.typoutput AS text), CAST(t.typreceive AS text),
                   CAST(t.typsend AS text), CAST(t.typmodin AS text), CAST(t.typlen AS text), CAST(t.typalign AS text),
                   CAST(t.typstorage AS text), CAST(t.typcategory AS text), t.typdefault, CAST(t.typisdefined AS text))
           END
      FROM pg_type t JOIN space s ON s.oid = t.typnamespace LEFT JOIN pg_type b ON b.oid = t.typbasetype
     WHERE t.typtype IN ('e', 'd', 'r') OR (t.typtype IN ('b', 'p')
           AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))
    UNION ALL
    SELECT 'pg_constraint', k.oid, 'constraint', CAST(CAST(k.contypid AS regtype) AS text) || '.' || quote_ident(k.conname),
           pg_get_constraintdef(k.oid)
      FROM pg_constraint k JOIN space s ON s.oid = k.connamespace
     WHERE k.contypid <> 0 AND (k.contype <> 'n' OR NOT k.convalidated OR k.conname !~ '_not_null[0-9]*$')
       AND NOT EXISTS (SELECT FROM member m WHERE m.classid = CAST('pg_type' AS regclass) AND m.objid = k.contypid)
    UNION ALL
    SELECT 'pg_proc', p.oid, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
           CAST(CAST(p.oid AS regprocedure) AS text),
           CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid)
                ELSE (SELECT concat_ws(' ', g.aggkind, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn,
                                 g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn, g.aggfinalextra,
                                 g.aggfinalmodify, CAST(g.aggsortop AS regoperator), format_type(g.aggtranstype, NULL),
                                 quote_nullable(g.agginitval), quote_nullable(g.aggminitval), p.proparallel,
                                 pg_get_function_result(p.oid))
                        FROM pg_aggregate g WHERE g.aggfnoid = p.oid) END
      FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
    UNION ALL
    SELECT 'pg_extension', e.oid, 'extension', quote_ident(e.extname), 'IN ' || quote_ident(n.nspname)
      FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    UNION ALL
    SELECT 'pg_statistic_ext', oid, NULL, NULL, concat_ws(' ', pg_get_statisticsobjdef(oid), nullif(stxstattarget, -1))
      FROM pg_statistic_ext
    UNION ALL
    SELECT 'pg_event_trigger', oid, NULL, NULL,
           concat_ws(' ', evtevent, CAST(evtfoid AS regprocedure), evtenabled, CAST(evttags AS text)) FROM pg_event_trigger
    UNION ALL
    SELECT 'pg_collation', c.oid, NULL, NULL,
           CAST(to_jsonb(c) - ARRAY['oid', 'collname', 'collnamespace', 'collowner', 'collversion'] AS text)
      FROM pg_collation c
    UNION ALL
    SELECT 'pg_operator', oid, NULL, NULL,
           concat_ws(' ', oprcode, format_type(oprresult, NULL), CAST(oprcom AS regoperator),
               CAST(oprnegate AS regoperator), oprrest, oprjoin, oprcanmerge, oprcanhash) FROM pg_operator
    UNION ALL
    SELECT 'pg_opclass', o.oid, NULL, NULL,
           concat_ws(' ', f.opfname, format_type(o.opcintype, NULL), o.opcdefault, format_type(nullif(o.opckeytype, 0), NULL))
      FROM pg_opclass o JOIN pg_opfamily f ON f.oid = o.opcfamily
    UNION ALL
    SELECT 'pg_opfamily', f.oid, NULL, NULL,
           concat_ws(' ',
               (SELECT string_agg(concat_ws(' ', o.amopstrategy, CAST(o.amopopr AS regoperator)), ', ' ORDER BY 1)
                  FROM pg_amop o WHERE o.amopfamily = f.oid),
               (SELECT string_agg(concat_ws(' ', a.amprocnum, a.amproc), ', ' ORDER BY 1)
                  FROM pg_amproc a WHERE a.amprocfamily = f.oid))
      FROM pg_opfamily f WHERE f.oid >= 16384
    UNION ALL
    SELECT 'pg_cast', oid, NULL, NULL, concat_ws(' ', CAST(castfunc AS regprocedure), castcontext, castmethod) FROM pg_cast
    UNION ALL
    SELECT 'pg_ts_config', c.oid, NULL, NULL,
           (SELECT string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, CAST(m.mapdict AS regdictionary)), ', '
                              ORDER BY m.maptokentype, m.mapseqno) FROM pg_ts_config_map m WHERE m.mapcfg = c.oid)
      FROM pg_ts_config c WHERE c.oid >= 16384
    UNION ALL
    SELECT 'pg_ts_dict', d.oid, NULL, NULL, concat_ws(' ', t.tmplname, d.dictinitoption)
      FROM pg_ts_dict d JOIN pg_ts_template t ON t.oid = d.dicttemplate
    UNION ALL
    SELECT 'pg_publication', p.oid, NULL, NULL,
           concat_ws(' ', CAST(to_jsonb(p) - ARRAY['oid', 'pubname', 'pubowner'] AS text),
               (SELECT string_agg(CAST(to_jsonb(t) AS text), ', ' ORDER BY t.schemaname, t.tablename)
                  FROM pg_publication_tables t WHERE t.pubname = p.pubname AND NOT p.puballtables))
      FROM pg_publication p
    UNION ALL
    SELECT 'pg_foreign_data_wrapper', w.oid, NULL, NULL,
           concat_ws(' ', CAST(w.fdwhandler AS regproc), CAST(w.fdwvalidator AS regproc), CAST(w.fdwoptions AS text))
      FROM pg_foreign_data_wrapper w
    UNION ALL
    SELECT 'pg_foreign_server', s.oid, NULL, NULL,
           concat_ws(' ', w.fdwname, s.srvtype, s.srvversion, CAST(s.srvoptions AS text))
      FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
    UNION ALL
    SELECT 'pg_language', oid, NULL, NULL, concat_ws(' ', lanpltrusted, CAST(lanplcallfoid AS regproc)) FROM pg_language
    UNION ALL
    SELECT 'pg_conversion', oid, NULL, NULL, concat_ws(' ', conproc, conforencoding, contoencoding, condefault)
      FROM pg_conversion
)
SELECT coalesce(o.kind, i.type), coalesce(o.name, i.identity), concat_ws(' ', o.definition, 'COMMENT ' || quote_literal(d.description))
  FROM object o
  LEFT JOIN LATERAL pg_identify_object(o.class, o.oid, 0) i ON o.kind IS NULL
  LEFT JOIN pg_description d ON d.objoid = o.oid AND d.classoid = o.class AND d.objsubid = 0 AND d.objoid >= 16384
 WHERE (o.oid >= 16384 OR o.kind IN ('schema', 'extension'))
   AND NOT EXISTS (SELECT FROM member m WHERE m.classid = o.class AND m.objid = o.oid);

-- name: catalogue
-- The rows behind all of that, as one hash. Those that are many are taken column by column, and without
-- what changes by itself; schemas, roles and rules of other databases do not come in.
SELECT md5(string_agg(concat_ws(' ', t.name, t.number, t.hash), ',' ORDER BY t.name))
  FROM (
    SELECT 'pg_class' AS name, count(*) AS number,
           sum(hash_record_extended(ROW(c.oid, c.relname, c.relnamespace, c.reloftype, c.relam, c.reltoastrelid, c.relkind,
               c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relispartition,
               c.reloptions, CAST(c.relpartbound AS text)), 0)) AS hash
      FROM pg_class c WHERE c.oid >= 16384
    UNION ALL
    SELECT 'pg_attribute', count(*),
           sum(hash_record_extended(ROW(a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attnotnull,
               a.atthasdef, a.attidentity, a.attgenerated, a.attisdropped, a.attstorage, a.attcompression, a.attstattarget,
               a.attoptions, a.attfdwoptions), 0))
      FROM pg_attribute a WHERE a.attrelid >= 16384 AND a.attnum > 0
    UNION ALL
    SELECT 'pg_type', count(*),
           sum(hash_record_extended(ROW(t.oid, t.typname, t.typnamespace, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull,
               t.typcollation, t.typdefault, t.typarray, t.typisdefined, t.typlen, t.typalign, t.typstorage, t.typcategory,
               CAST(t.typinput AS text), CAST(t.typoutput AS text), CAST(t.typreceive AS text), CAST(t.typsend AS text),
               CAST(t.typmodin AS text)), 0))
      FROM pg_type t WHERE t.oid >= 16384
    UNION ALL
    SELECT 'pg_constraint', count(*), sum(hashtextextended(CAST(k AS text), 0))
      FROM pg_constraint k WHERE k.oid >= 16384 AND k.contype <> 'n'
    UNION ALL
    SELECT 'pg_constraint of NOT NULL', count(*),
           sum(hash_record_extended(ROW(k.oid, k.conname, k.conrelid, k.contypid, k.convalidated, k.connoinherit, k.conkey), 0))
      FROM pg_constraint k WHERE k.oid >= 16384 AND k.contype = 'n'
    UNION ALL
    SELECT 'pg_depend', count(*),
           sum(hash_record_extended(ROW(d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype), 0))
      FROM pg_depend d
     WHERE d.deptype = 'e' OR (d.deptype IN ('a', 'i') AND d.refobjsubid > 0 AND d.classid = CAST('pg_class' AS regclass))
    UNION ALL
    SELECT 'pg_index', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_index x WHERE indexrelid >= 16384
    UNION ALL
    SELECT 'pg_attrdef', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_attrdef x
    UNION ALL
    SELECT 'pg_inherits', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_inherits x
    UNION ALL
    SELECT 'pg_partitioned_table', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_partitioned_table x
    UNION ALL
    SELECT 'pg_sequence', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_sequence x
    UNION ALL
    SELECT 'pg_trigger', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_trigger x WHERE NOT tgisinternal
    UNION ALL
    SELECT 'pg_rewrite', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_rewrite x WHERE ev_class >= 16384
    UNION ALL
    SELECT 'pg_policies', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_policies x
    UNION ALL
    SELECT 'pg_foreign_table', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_foreign_table x
    UNION ALL
    SELECT 'pg_namespace', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_namespace x WHERE nspname NOT LIKE 'pg\_%'
    UNION ALL
    SELECT 'pg_extension', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_extension x
    UNION ALL
    SELECT 'pg_enum', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_enum x
    UNION ALL
    SELECT 'pg_range', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_range x WHERE rngtypid >= 16384
    UNION ALL
    SELECT 'pg_proc', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_proc x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_aggregate', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_aggregate x WHERE CAST(aggfnoid AS oid) >= 16384
    UNION ALL
    SELECT 'pg_description', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_description x WHERE objoid >= 16384
    UNION ALL
    SELECT 'pg_statistic_ext', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_statistic_ext x
    UNION ALL
    SELECT 'pg_event_trigger', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_event_trigger x
    UNION ALL
    SELECT 'pg_collation', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_collation x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_operator', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_operator x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_opclass', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_opclass x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_opfamily', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_opfamily x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_amop', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_amop x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_amproc', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_amproc x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_am', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_am x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_cast', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_cast x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_ts_config', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_ts_config x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_ts_config_map', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_ts_config_map x WHERE mapcfg >= 16384
    UNION ALL
    SELECT 'pg_ts_dict', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_ts_dict x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_publication', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_publication x
    UNION ALL
    SELECT 'pg_publication_tables', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_publication_tables x
    UNION ALL
    SELECT 'pg_foreign_data_wrapper', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_foreign_data_wrapper x
    UNION ALL
    SELECT 'pg_foreign_server', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_foreign_server x
    UNION ALL
    SELECT 'pg_language', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_language x WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_conversion', count(*), sum(hashtextextended(CAST(x AS text), 0)) FROM pg_conversion x WHERE oid >= 16384
  ) t;
