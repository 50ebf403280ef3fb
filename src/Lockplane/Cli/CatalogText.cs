using System.Globalization;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;

namespace Lockplane.Cli;

/// <summary>A catalog as a list.</summary>
internal static class CatalogText
{
    public static void Write(Terminal terminal, Catalog catalog)
    {
        if (catalog.Objects.Length > 0)
        {
            terminal.WriteTable(["KIND", "NAME", "WHAT"], catalog.Objects.Select(item => (string[])[item.Id.Kind, NameOf(item.Id), Describe(item.Facts)]));
        }
        else
        {
            terminal.Output.WriteLine("No objects that are modelled.");
        }

        WriteNames(terminal, "Not modelled, left alone:", catalog.Unmodelled);
        WriteNames(terminal, "Not readable by this role:", catalog.Unreadable);
        WriteNames(terminal, "Left out by [scope], or as versions of a schema:", catalog.Ignored);
        terminal.Output.WriteLine();
        terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Postgres {catalog.ServerMajor}, {ManifestHash.Of(catalog).Text}"));
    }

    /// <summary>The name without the kind.</summary>
    public static string NameOf(ObjectId id) => id.ToString()[(id.Kind.Length + 1)..];

    /// <summary>An object's facts in one line.</summary>
    public static string Describe(ObjectFacts facts) => facts switch
    {
        TableFacts table => Describe(table),
        ConstraintFacts constraint => Describe(constraint),
        IndexFacts index => $"{(index.Unique ? "unique " : "")}on {index.Table} using {index.Definition}{(index.Predicate is null ? "" : $" where {index.Predicate}")}{(index.Invalid ? ", not valid" : "")}",
        SequenceFacts sequence => sequence.Options.Type,
        RelationFacts relation => string.Join(", ", relation.Columns.Select(Describe)),
        FunctionFacts function => $"{(function.Result is null ? "" : $"returns {function.Result}, ")}language {function.Language}",
        EnumFacts list => string.Join(", ", list.Values),
        DefinedFacts defined => defined.Definition,
        _ => "",
    };

    private static string Describe(TableFacts table)
    {
        string columns = string.Join(", ", table.Columns.Select(Describe));
        string parents = string.Join(", ", table.Inherits.Select(NameOf));
        return table.IsPartition ? $"partition of {parents} {table.PartitionBound}: {columns}" : parents.Length > 0 ? $"inherits {parents}: {columns}" : columns;
    }

    private static string Describe(ColumnFacts column) => $"{column.Name} {column.Type}{(column.NotNull ? " not null" : "")}";

    private static string Describe(ConstraintFacts constraint) => constraint.Type switch
    {
        ConstraintType.PrimaryKey => $"primary key ({string.Join(", ", constraint.Columns)})",
        ConstraintType.Unique => $"unique ({string.Join(", ", constraint.Columns)})",
        ConstraintType.Check => $"check {constraint.Expression}",
        ConstraintType.Exclusion => $"exclude {constraint.Exclusion!.Definition}",
        _ => $"foreign key ({string.Join(", ", constraint.Columns)}) references {constraint.References!.Schema}.{constraint.References.Table} ({string.Join(", ", constraint.References.Columns)})",
    };

    private static void WriteNames<T>(Terminal terminal, string heading, IReadOnlyCollection<T> names)
        where T : notnull
    {
        if (names.Count == 0)
        {
            return;
        }

        terminal.Output.WriteLine();
        terminal.Output.WriteLine(heading);
        foreach (T name in names)
        {
            terminal.Output.WriteLine("  " + PrintableText.Line(name.ToString()!));
        }
    }
}
