// JDBC on the server that libpq's environment names: `java -cp postgresql.jar SessionJdbc.java`. Prints one JSON line for each case; LARGE_BYTES is the size of the large values, 0 for none.
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

public final class SessionJdbc {
    interface Run { Object on(Connection c) throws Exception; }

    static final int LARGE = Integer.parseInt(System.getenv().getOrDefault("LARGE_BYTES", "0"));

    static Connection connect(String... options) throws SQLException {
        Map<String, String> env = System.getenv();
        String url = "jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE") + "?sslmode=disable" + String.join("", options);
        return DriverManager.getConnection(url, env.get("PGUSER"), env.get("PGPASSWORD"));
    }

    static void say(String name, Run run, String... options) throws Exception {
        try (Connection c = connect(options)) {
            System.out.println("{\"case\":\"" + name + "\",\"saw\":" + json(run.on(c)) + "}");
        }
    }

    static String json(Object value) {
        if (value == null) return "null";
        if (value instanceof Number || value instanceof Boolean) return value.toString();
        if (value instanceof byte[] bytes) return json(HexFormat.of().formatHex(bytes));
        if (value instanceof Object[] array) return json(Arrays.asList(array));
        if (value instanceof List<?> list) {
            StringJoiner joined = new StringJoiner(",", "[", "]");
            for (Object item : list) joined.add(json(item));
            return joined.toString();
        }
        StringBuilder text = new StringBuilder("\"");
        for (char ch : value.toString().toCharArray()) text.append(ch == '"' || ch == '\\' ? "\\" + ch : ch < ' ' ? String.format("\\u%04x", (int) ch) : String.valueOf(ch));
        return text.append('"').toString();
    }

    static List<Object> rows(ResultSet set) throws Exception {
        List<Object> all = new ArrayList<>();
        while (set.next()) {
            List<Object> row = new ArrayList<>();
            for (int i = 1; i <= set.getMetaData().getColumnCount(); i++) {
                Object value = set.getObject(i);
                row.add(value instanceof Array array ? array.toString() : value);
            }
            all.add(row);
        }
        return all;
    }

    static List<Object> query(Connection c, String sql, Object... values) throws Exception {
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) s.setObject(i + 1, values[i]);
            return rows(s.executeQuery());
        }
    }

    static Object failure(Connection c, Run run) throws Exception {
        try {
            return run.on(c);
        } catch (SQLException e) {
            List<Object> said = new ArrayList<>();
            for (SQLException at = e; at != null; at = at.getNextException()) said.add(at.getSQLState() + " " + at.getMessage());
            return said;
        }
    }

    static Object simple(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            List<Object> all = new ArrayList<>();
            boolean set = s.execute("SELECT 1 AS a; SELECT 'two' AS b, NULL AS c; DELETE FROM smoke; INSERT INTO smoke VALUES (100, 'x')");
            while (set || s.getUpdateCount() != -1) {
                all.add(set ? rows(s.getResultSet()) : s.getUpdateCount());
                set = s.getMoreResults();
            }
            return List.of(all, failure(c, x -> s.execute("SELEC")), s.execute(""));
        }
    }

    static Object extended(Connection c) throws Exception {
        return List.of(query(c, "SELECT ?::int, ?::text, ?::bytea, ?::float8, ?::bool, ARRAY[1, 2, NULL]::int[], ?::numeric", 1, "text é", new byte[] {0, -1}, 1.5, true, new java.math.BigDecimal("1.25")),
            failure(c, x -> query(x, "SELECT 1 / ?", 0)));
    }

    // prepareThreshold=1 names the statement at its first use, and asks for binary formats.
    static Object prepared(Connection c) throws Exception {
        List<Object> seen = new ArrayList<>();
        try (PreparedStatement s = c.prepareStatement("SELECT ?::int + 1, ?::float8, now() IS NOT NULL, '2026-01-02'::date, 'x'::bytea")) {
            for (int n = 0; n < 6; n++) {
                s.setInt(1, n);
                s.setDouble(2, n / 2.0);
                seen.addAll(rows(s.executeQuery()));
            }
        }
        return List.of(seen, query(c, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%float8%bytea%'"));
    }

    static Object pipeline(Connection c) throws Exception {
        try (PreparedStatement s = c.prepareStatement("INSERT INTO smoke VALUES (?, ?)")) {
            for (int n = 0; n < 1000; n++) {
                s.setInt(1, 1000 + n);
                s.setString(2, "row " + n);
                s.addBatch();
            }
            return List.of(Arrays.stream(s.executeBatch()).sum(), query(c, "SELECT count(*), max(body) FROM smoke WHERE id >= 1000"));
        }
    }

    static Object pipelineError(Connection c) throws Exception {
        c.setAutoCommit(false);
        try (Statement s = c.createStatement()) {
            for (String sql : new String[] {"INSERT INTO smoke VALUES (601, 'undone')", "SELECT 1 / 0", "INSERT INTO smoke VALUES (602, 'skipped')"}) s.addBatch(sql);
            Object seen = failure(c, x -> s.executeBatch().length);
            Object aborted = failure(c, x -> query(x, "SELECT 1"));
            c.rollback();
            return List.of(seen, aborted, query(c, "SELECT count(*) FROM smoke WHERE id IN (601, 602)"));
        }
    }

    static Object copyIn(Connection c) throws Exception {
        StringBuilder text = new StringBuilder();
        for (int n = 0; n < 1000; n++) text.append(5000 + n).append("\trow ").append(n).append('\n');
        long copied = c.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY smoke (id, body) FROM STDIN", new StringReader(text.toString()));
        Object broken = failure(c, x -> x.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY smoke (id, body) FROM STDIN", new StringReader("x\ty\n")));
        return List.of(copied, broken, query(c, "SELECT count(*) FROM smoke WHERE id >= 5000"));
    }

    static Object copyOut(Connection c) throws Exception {
        ByteArrayOutputStream into = new ByteArrayOutputStream();
        long copied = c.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (SELECT n, 'row ' || n FROM generate_series(1, 1000) n) TO STDOUT", into);
        ByteArrayOutputStream binary = new ByteArrayOutputStream();
        c.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (SELECT 1, 'x'::text) TO STDOUT (FORMAT binary)", binary);
        return List.of(copied, MessageDigest.getInstance("SHA-256").digest(into.toByteArray()), binary.toByteArray());
    }

    static Object copyFail(Connection c) throws Exception {
        var copy = c.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY smoke (id, body) FROM STDIN");
        byte[] row = "4000\tnever\n".getBytes(StandardCharsets.UTF_8);
        copy.writeToCopy(row, 0, row.length);
        copy.cancelCopy();
        return query(c, "SELECT count(*) FROM smoke WHERE id = 4000");
    }

    static Object notifications(Connection c) throws Exception {
        List<Object> seen = new ArrayList<>();
        try (Statement s = c.createStatement(); Connection other = connect()) {
            s.execute("LISTEN smoke");
            other.createStatement().execute("NOTIFY smoke, 'from another'");
            query(other, "SELECT pg_notify('smoke', ?)", "computed");
            while (seen.size() < 2) {
                PGNotification[] some = c.unwrap(PGConnection.class).getNotifications(1000);
                for (PGNotification n : some == null ? new PGNotification[0] : some) seen.add(n.getName() + " " + n.getParameter());
            }
        }
        return seen;
    }

    static Object cancel(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            Thread canceller = new Thread(() -> {
                try {
                    while (true) {
                        Thread.sleep(300);
                        s.cancel();
                    }
                } catch (InterruptedException | SQLException over) {
                    Thread.currentThread().interrupt();
                }
            });
            canceller.start();
            Object seen = failure(c, x -> s.execute("SELECT pg_sleep(30)"));
            canceller.interrupt();
            canceller.join();
            failure(c, x -> query(x, "SELECT 1"));
            return List.of(seen, query(c, "SELECT 2"));
        }
    }

    static Object timeout(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            s.setQueryTimeout(1);
            return List.of(failure(c, x -> s.execute("SELECT pg_sleep(30)")), query(c, "SELECT 2"));
        }
    }

    static Object largeObjects(Connection c) throws Exception {
        Object oid = ((List<?>) query(c, "SELECT lo_from_bytea(0, ?)", (Object) "abc".repeat(5000).getBytes(StandardCharsets.UTF_8)).get(0)).get(0);
        Number id = (Number) oid;
        query(c, "SELECT lo_put(?::oid, 3, ?)", id.longValue(), "written".getBytes(StandardCharsets.UTF_8));
        byte[] got = (byte[]) ((List<?>) query(c, "SELECT lo_get(?::oid)", id.longValue()).get(0)).get(0);
        return List.of(got.length, MessageDigest.getInstance("SHA-256").digest(got), query(c, "SELECT lo_unlink(?::oid)", id.longValue()));
    }

    static Object notices(Connection c) throws Exception {
        List<Object> seen = new ArrayList<>();
        try (Statement s = c.createStatement()) {
            s.execute("SELECT smoke_notice('one')");
            for (SQLWarning w = s.getWarnings(); w != null; w = w.getNextWarning()) seen.add(w.getSQLState() + " " + w.getMessage());
        }
        return seen;
    }

    static Object cursors(Connection c) throws Exception {
        c.setAutoCommit(false);
        try (PreparedStatement s = c.prepareStatement("SELECT n, 'row ' || n FROM generate_series(1, ?) n")) {
            s.setFetchSize(7);
            s.setInt(1, 40);
            List<Object> all = rows(s.executeQuery());
            s.setMaxRows(3);
            return List.of(all, rows(s.executeQuery()));
        } finally {
            c.rollback();
        }
    }

    static Object transactions(Connection c) throws Exception {
        c.setAutoCommit(false);
        query(c, "INSERT INTO smoke VALUES (701, 'kept') RETURNING id");
        Savepoint point = c.setSavepoint("inner");
        Object inner = failure(c, x -> query(x, "SELECT 1 / 0"));
        c.rollback(point);
        c.commit();
        c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        Object isolation = query(c, "SHOW transaction_isolation");
        c.rollback();
        return List.of(inner, isolation, query(c, "SELECT id FROM smoke WHERE id = 701"));
    }

    static Object metadata(Connection c) throws Exception {
        DatabaseMetaData meta = c.getMetaData();
        List<Object> names = new ArrayList<>();
        try (ResultSet columns = meta.getColumns(null, "public", "smoke", null)) {
            while (columns.next()) names.add(columns.getString("COLUMN_NAME") + " " + columns.getString("TYPE_NAME"));
        }
        try (ResultSet keys = meta.getPrimaryKeys(null, "public", "smoke")) {
            while (keys.next()) names.add(keys.getString("COLUMN_NAME"));
        }
        return List.of(names, meta.getDatabaseProductVersion());
    }

    static Object largeBind(Connection c) throws Exception {
        byte[] value = new byte[LARGE];
        Arrays.fill(value, (byte) 'x');
        return query(c, "SELECT length(?::bytea)", (Object) value);
    }

    static Object largeCopy(Connection c) throws Exception {
        byte[] line = new byte[LARGE + 5];
        Arrays.fill(line, (byte) 'y');
        System.arraycopy("800\t".getBytes(StandardCharsets.UTF_8), 0, line, 0, 4);
        line[line.length - 1] = '\n';
        c.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY smoke (id, body) FROM STDIN", new ByteArrayInputStream(line));
        long copied = c.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (SELECT body FROM smoke WHERE id = 800) TO STDOUT", OutputStream.nullOutputStream());
        return List.of(copied, query(c, "DELETE FROM smoke WHERE id = 800 RETURNING length(body)"));
    }

    static Object largeResult(Connection c) throws Exception {
        return ((String) ((List<?>) query(c, "SELECT repeat('z', ?)", LARGE).get(0)).get(0)).length();
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection c = connect()) {
            c.createStatement().execute("DELETE FROM smoke");
        }
        say("simple", SessionJdbc::simple, "&preferQueryMode=simple");
        say("simple_as_extended", SessionJdbc::simple);
        say("extended", SessionJdbc::extended);
        say("prepared", SessionJdbc::prepared, "&prepareThreshold=1", "&binaryTransferEnable=FLOAT8,INT4,DATE,BYTEA");
        say("pipeline", SessionJdbc::pipeline);
        say("pipeline_error", SessionJdbc::pipelineError);
        say("copy_in", SessionJdbc::copyIn);
        say("copy_out", SessionJdbc::copyOut);
        say("copy_fail", SessionJdbc::copyFail);
        say("notify", SessionJdbc::notifications);
        say("cancel", SessionJdbc::cancel);
        say("timeout", SessionJdbc::timeout);
        say("large_objects", SessionJdbc::largeObjects);
        say("notices", SessionJdbc::notices);
        say("cursors", SessionJdbc::cursors);
        say("transactions", SessionJdbc::transactions);
        say("metadata", SessionJdbc::metadata);
        if (LARGE > 0) {
            say("large_bind", SessionJdbc::largeBind);
            say("large_copy", SessionJdbc::largeCopy);
            say("large_result", SessionJdbc::largeResult);
        }
    }
}
