SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass AS classid, tf.oid, NULL AS schema, pg_catalog.format_type(tf.trftype, NULL) || ' LANGUAGE ' || pg_catalog.quote_ident(l.lanname) AS name, NULL AS part, NULL AS signature, NULL AS attnums,
    pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
        'definition', '(' || pg_catalog.concat_ws(', ', 'FROM SQL WITH FUNCTION ' || (SELECT f.signature FROM function_name f WHERE f.oid = tf.trffromsql), 'TO SQL WITH FUNCTION ' || (SELECT f.signature FROM function_name f WHERE f.oid = tf.trftosql)) || ')')) AS facts
FROM pg_catalog.pg_transform tf
JOIN pg_catalog.pg_language l ON l.oid = tf.trflang
WHERE tf.oid >= 16384
