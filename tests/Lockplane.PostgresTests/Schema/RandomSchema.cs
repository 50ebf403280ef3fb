using System.Globalization;
using System.Text;

namespace Lockplane.PostgresTests.Schema;

/// <summary>Makes scripts of objects of many kinds that use each other, out of few names, so that two of them overlap. One statement a line.</summary>
internal sealed class RandomSchema(int seed)
{
    private static readonly string[] Types = ["integer", "bigint", "text", "character varying(20)", "numeric(10,2)", "timestamp with time zone", "boolean", "mood", "even", "pair"];

    private static readonly string[] Roles = ["pg_monitor", "pg_read_all_data", "PUBLIC"];

    private readonly Random _random = new(seed);
    private readonly StringBuilder _text = new();
    private readonly Dictionary<string, List<(string Name, string Type)>> _columns = [];

    /// <summary>The script.</summary>
    public string Script()
    {
        TypesAndFunctions();
        List<string> tables = [.. Enumerable.Range(0, 6).Where(_ => Chance(70)).Select(i => string.Create(CultureInfo.InvariantCulture, $"t{i}"))];
        foreach (string table in tables)
        {
            Table(table);
        }

        Trees(tables);
        foreach (string table in tables)
        {
            Extras(table, tables);
            Guards(table);
        }

        Views(tables);
        return _text.ToString();
    }

    private void TypesAndFunctions()
    {
        string[] moods = [.. new[] { "sad", "so so", "it's ok", "happy" }.Where((_, i) => i == 0 || Chance(70))];
        Always($"CREATE TYPE mood AS ENUM ({string.Join(", ", (Chance(80) ? moods : moods.Reverse()).Select(m => $"'{m.Replace("'", "''", StringComparison.Ordinal)}'"))})");
        Always($"CREATE DOMAIN even AS integer{(Chance(40) ? " DEFAULT 2" : "")}{(Chance(50) ? $" CONSTRAINT two CHECK (VALUE % {Number(2, 4)} = 0)" : "")}");
        Always($"CREATE TYPE pair AS (a {Pick("integer", "bigint")}, b {Pick("text", "mood")}{(Chance(30) ? ", c boolean" : "")})");
        Always($"CREATE FUNCTION twice({(Chance(70) ? "n" : "x")} integer) RETURNS {(Chance(80) ? "integer" : "bigint")} LANGUAGE sql IMMUTABLE {Pick("", "STRICT", "PARALLEL SAFE")} AS 'SELECT $1 * {Number(2, 4)}'");
        Maybe(50, $"CREATE FUNCTION feel(m mood DEFAULT 'sad') RETURNS {Pick("text", "mood")} LANGUAGE sql AS 'SELECT $1'");
        Always($"CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql {Pick("", "SECURITY DEFINER")} AS $f$BEGIN RETURN {Pick("NEW", "NULL")}; END$f$");
        Maybe(40, $"CREATE SEQUENCE counter{Pick("", " START 5", " INCREMENT 3", " AS integer CYCLE")}");
        Maybe(20, "COMMENT ON TYPE mood IS 'how it is'");
    }

    private void Table(string table)
    {
        string key = _random.Next(3) switch { 0 => "bigint GENERATED ALWAYS AS IDENTITY", 1 => "serial", _ => "integer" };
        _text.Append(CultureInfo.InvariantCulture, $"CREATE {(Chance(10) ? "UNLOGGED " : "")}TABLE {table} (id {key} PRIMARY KEY, n integer{(Chance(50) ? " NOT NULL" : "")}");
        List<(string Name, string Type)> columns = [("id", "integer"), ("n", "integer")];
        foreach (int column in Enumerable.Range(0, 5).Where(_ => Chance(60)).OrderBy(_ => _random.Next()))
        {
            string type = Types[_random.Next(Types.Length)];
            string name = string.Create(CultureInfo.InvariantCulture, $"c{column}");
            string fallback = type switch
            {
                "text" or "character varying(20)" => "'x'",
                "boolean" => "true",
                "timestamp with time zone" => "now()",
                "mood" => "'sad'",
                "pair" => "NULL",
                "integer" => "twice(3)",
                "even" => "12",
                _ => "7",
            };
            columns.Add((name, type));
            _text.Append(CultureInfo.InvariantCulture, $", {name} {type}{(type == "text" && Chance(20) ? " COLLATE \"C\"" : "")}{(Chance(30) ? " DEFAULT " + fallback : "")}{(Chance(30) ? " NOT NULL" : "")}");
        }

        _text.Append(Chance(20) ? string.Create(CultureInfo.InvariantCulture, $", g integer GENERATED ALWAYS AS ({Pick($"n * {Number(1, 3)}", "twice(n)")}) STORED") : "");
        _text.Append(");\n");
        _columns[table] = columns;
    }

    // Partitioned tables and inheritance trees. What is a part of one here stands alone, or is a part of another, there.
    private void Trees(List<string> tables)
    {
        List<string> divided = [.. new[] { "parts", "more_parts" }.Where(_ => Chance(60))];
        string[] keys = [.. divided.Select(_ => Pick("LIST (m)", "LIST (m)", "RANGE (id)", "HASH (id)"))];
        foreach ((string table, string key) in divided.Zip(keys))
        {
            Always($"CREATE TABLE {table} (id integer, day date, m mood{(Chance(30) ? ", x text" : "")}) PARTITION BY {key}");
        }

        foreach (string part in new[] { "parts_a", "parts_b", "parts_c" }.Where(_ => divided.Count > 0 && Chance(65)))
        {
            int of = _random.Next(divided.Count);
            string bound = keys[of][0] switch
            {
                'L' => Pick("FOR VALUES IN ('sad')", "FOR VALUES IN (NULL)", "FOR VALUES IN ('sad', NULL)", "DEFAULT"),
                'R' => Pick("FOR VALUES FROM (0) TO (10)", "FOR VALUES FROM (5) TO (20)", "FOR VALUES FROM (20) TO (MAXVALUE)", "DEFAULT"),
                _ => $"FOR VALUES WITH (MODULUS 2, REMAINDER {Number(0, 2)})",
            };
            Always(Chance(30) ? $"CREATE TABLE {part} (LIKE {divided[of]} INCLUDING ALL)" : Unless("invalid_object_definition", $"CREATE TABLE {part} PARTITION OF {divided[of]} {bound}"));
        }

        foreach (string table in divided)
        {
            Maybe(40, $"CREATE INDEX {table}_i ON {table} (id)");
            Maybe(30, $"ALTER TABLE {table} ADD CONSTRAINT {table}_ck CHECK (id > 0)");
            Maybe(20, $"ALTER TABLE {table} ALTER COLUMN day SET NOT NULL");
            Maybe(20, $"CREATE TRIGGER touched BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION touch()");
        }

        if (tables.Count > 0 && Chance(60))
        {
            (string first, string second) = (tables[_random.Next(tables.Count)], tables[_random.Next(tables.Count)]);
            Always(Chance(40) ? $"CREATE TABLE child (own integer) INHERITS ({first})" : $"CREATE TABLE child (own integer, LIKE {first} INCLUDING GENERATED INCLUDING CONSTRAINTS)");
            Always(Chance(50) ? Unless("OTHERS", $"ALTER TABLE child INHERIT {first}") : Unless("OTHERS", $"ALTER TABLE child INHERIT {second}"));
            Maybe(40, Unless("OTHERS", "CREATE TABLE grandchild () INHERITS (child)"));
        }
    }

    private static string Unless(string error, string statement) => $"DO $$ BEGIN {statement}; EXCEPTION WHEN {error} THEN NULL; END $$";

    private void Extras(string table, List<string> tables)
    {
        Maybe(40, string.Create(CultureInfo.InvariantCulture, $"ALTER TABLE {table} ADD CONSTRAINT ck CHECK ({Pick("n", "twice(n)")} > {_random.Next(3)}){(Chance(30) ? " NOT VALID" : "")}"));
        Maybe(40, $"ALTER TABLE {table} ADD CONSTRAINT {table}_u UNIQUE (n, id){(Chance(30) ? " DEFERRABLE" : "")}");
        Maybe(40, string.Create(CultureInfo.InvariantCulture, $"CREATE INDEX {table}_i ON {table} ({Pick("n", "twice(n)")}{(Chance(50) ? " DESC" : "")}){(Chance(40) ? $" WHERE n > {_random.Next(3)}" : "")}"));
        string other = tables[_random.Next(tables.Count)];
        string action = Chance(50) ? " ON DELETE CASCADE" : "";

        // A logged table cannot point at an unlogged one: such a key is left out by what makes the database.
        Maybe(50, Unless("invalid_table_definition OR datatype_mismatch", $"ALTER TABLE {table} ADD CONSTRAINT fk FOREIGN KEY (n) REFERENCES {other} (id){action}"));
        Maybe(20, $"CREATE STATISTICS {table}_s ON id, n FROM {table}");
        Maybe(20, $"COMMENT ON COLUMN {table}.n IS '{Pick("a", "b")}'");
        Maybe(30, $"GRANT {Pick("SELECT", "INSERT, UPDATE", "SELECT (n)", "UPDATE (id)")} ON {table} TO {Pick(Roles)}");
        Maybe(10, $"ALTER TABLE {table} OWNER TO pg_monitor");
        Maybe(15, $"ALTER TABLE {table} SET (fillfactor = {Number(70, 73)})");
    }

    private void Guards(string table)
    {
        Maybe(30, $"CREATE TRIGGER touched {Pick("BEFORE", "AFTER")} {Pick("INSERT", "UPDATE OF n", "INSERT OR DELETE")} ON {table} FOR EACH ROW EXECUTE FUNCTION touch()");
        Maybe(25, $"CREATE POLICY own ON {table} {Pick("", "FOR SELECT", "AS RESTRICTIVE")} TO {Pick("pg_monitor", "PUBLIC")} USING ({Pick("n > 0", "twice(n) > 1", "id = 1")})");
        Maybe(25, $"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY");
        Maybe(10, $"CREATE RULE kept AS ON DELETE TO {table} WHERE old.n > {Number(0, 3)} DO INSTEAD NOTHING");
    }

    private void Views(List<string> tables)
    {
        List<string> sources = [.. tables];
        for (int i = 0; i < 4 && tables.Count > 0; i++)
        {
            if (Chance(60))
            {
                string source = sources[_random.Next(sources.Count)];
                string name = string.Create(CultureInfo.InvariantCulture, $"v{i}");
                List<(string Name, string Type)> from = _columns[source];
                List<(string Name, string Type)> chosen = [.. from.Where((_, at) => at == 0 || Chance(70))];
                string what = Chance(20) ? "*" : string.Join(", ", chosen.Select(c => c.Name));
                _columns[name] = what == "*" ? from : chosen;
                string kind = Chance(25) ? "MATERIALIZED VIEW" : "VIEW";
                Always($"CREATE {kind} {name}{(kind == "VIEW" ? Pick("", "", " WITH (security_invoker = true)", " WITH (security_barrier = true)") : "")} AS SELECT {what} FROM {source}{Pick("", $" WHERE {chosen[0].Name} IS NOT NULL")}");
                sources.Add(name);
                Maybe(20, $"GRANT SELECT ON {name} TO {Pick(Roles)}");
                Maybe(20, $"COMMENT ON {kind} {name} IS '{Pick("a", "b")}'");
                Maybe(kind == "VIEW" ? 0 : 40, $"CREATE INDEX {name}_i ON {name} ({chosen[0].Name})");
            }
        }
    }

    private void Always(string statement) => _text.Append(statement).Append(";\n");

    private void Maybe(int percent, string statement)
    {
        if (Chance(percent))
        {
            Always(statement);
        }
    }

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

    private string Number(int from, int to) => _random.Next(from, to).ToString(CultureInfo.InvariantCulture);

    private bool Chance(int percent) => _random.Next(100) < percent;
}
