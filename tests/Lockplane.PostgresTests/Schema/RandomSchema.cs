using System.Globalization;
using System.Text;

namespace Lockplane.PostgresTests.Schema;

/// <summary>Makes scripts of tables with keys, checks, foreign keys and indexes, out of few names, so that two of them overlap.</summary>
internal sealed class RandomSchema(int seed)
{
    private static readonly string[] Types = ["integer", "bigint", "text", "character varying(20)", "numeric(10,2)", "timestamp with time zone", "boolean"];

    private readonly Random _random = new(seed);

    /// <summary>One statement a line.</summary>
    public string Script()
    {
        StringBuilder text = new();
        List<string> tables = [.. Enumerable.Range(0, 6).Where(_ => Chance(70)).Select(i => string.Create(CultureInfo.InvariantCulture, $"t{i}"))];
        foreach (string table in tables)
        {
            Table(text, table);
        }

        foreach (string table in tables)
        {
            Extras(text, table, tables);
        }

        return text.ToString();
    }

    private void Table(StringBuilder text, string table)
    {
        string key = _random.Next(3) switch { 0 => "bigint GENERATED ALWAYS AS IDENTITY", 1 => "serial", _ => "integer" };
        text.Append(CultureInfo.InvariantCulture, $"CREATE {(Chance(10) ? "UNLOGGED " : "")}TABLE {table} (id {key} PRIMARY KEY, n integer{(Chance(50) ? " NOT NULL" : "")}");
        foreach (int column in Enumerable.Range(0, 5).Where(_ => Chance(60)).OrderBy(_ => _random.Next()))
        {
            string type = Types[_random.Next(Types.Length)];
            string fallback = type switch { "text" or "character varying(20)" => "'x'", "boolean" => "true", "timestamp with time zone" => "now()", _ => "7" };
            text.Append(CultureInfo.InvariantCulture, $", c{column} {type}{(Chance(30) ? " DEFAULT " + fallback : "")}{(Chance(30) ? " NOT NULL" : "")}");
        }

        text.Append(Chance(20) ? string.Create(CultureInfo.InvariantCulture, $", g integer GENERATED ALWAYS AS (n * {_random.Next(1, 3)}) STORED") : "");
        text.Append(");\n");
    }

    private void Extras(StringBuilder text, string table, List<string> tables)
    {
        void Add(int percent, string statement)
        {
            if (Chance(percent))
            {
                text.Append(statement).Append(";\n");
            }
        }

        Add(40, string.Create(CultureInfo.InvariantCulture, $"ALTER TABLE {table} ADD CONSTRAINT ck CHECK (n > {_random.Next(3)}){(Chance(30) ? " NOT VALID" : "")}"));
        Add(40, $"ALTER TABLE {table} ADD CONSTRAINT {table}_u UNIQUE (n, id){(Chance(30) ? " DEFERRABLE" : "")}");
        Add(40, string.Create(CultureInfo.InvariantCulture, $"CREATE INDEX {table}_i ON {table} (n{(Chance(50) ? " DESC" : "")}){(Chance(40) ? $" WHERE n > {_random.Next(3)}" : "")}"));
        string other = tables[_random.Next(tables.Count)];
        string action = Chance(50) ? " ON DELETE CASCADE" : "";

        // A logged table cannot point at an unlogged one: such a key is left out by what makes the database.
        Add(50, $"DO $$ BEGIN ALTER TABLE {table} ADD CONSTRAINT fk FOREIGN KEY (n) REFERENCES {other} (id){action}; EXCEPTION WHEN invalid_table_definition OR datatype_mismatch THEN NULL; END $$");
    }

    private bool Chance(int percent) => _random.Next(100) < percent;
}
