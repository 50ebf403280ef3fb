using System.Text.RegularExpressions;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>The statements that change the columns of a table that stays.</summary>
internal sealed partial class ColumnSteps(ObjectId table, TableFacts old, TableFacts made, Difference difference)
{
    // Functions whose value is the same for all rows of a statement, so that a default that calls them is stored once; not another function whose name ends so.
    [GeneratedRegex("""(?<![\w."$])(now|transaction_timestamp|statement_timestamp)\(\)""")]
    private static partial Regex StableCalls { get; }

    private string Table => table.QualifiedName;

    /// <summary>First what frees names and dependencies, then the rest.</summary>
    public IEnumerable<StepDraft> All() => [.. GoingDown([.. Dropped(), .. Loosened()]), .. Persistence(), .. GoingDown([.. Retyped(), .. Added(), .. Altered()])];

    private IEnumerable<StepDraft> GoingDown(StepDraft[] drafts) =>
        drafts.Select(draft => draft.Sql.StartsWith($"ALTER TABLE {Table} ", StringComparison.Ordinal) ? draft.GoingDown(table, difference.From) : draft);

    // Generated columns go first: they read the others.
    private IEnumerable<StepDraft> Dropped() => old.Columns
        .Where(c => (made.Find(c.Name) is null || difference.IsRemade(table, c.Name)) && !IsDroppedByParent(c))
        .OrderBy(c => c.Generated is null)
        .SelectMany(Drop);

    private IEnumerable<StepDraft> Drop(ColumnFacts column)
    {
        ObjectId id = Column(column.Name);
        bool remade = difference.IsRemade(table, column.Name);

        // What a parent has, too, can go here when it is gone there.
        ObjectId[] above = [.. Parents.Where(p => p.Old.Find(column.Name) is not null).Select(p => p.Id)];
        if (above.Length > 0 && column.Default is not null)
        {
            yield return Alter(Phase.LoosenTables, $"drop default of {id}", $"ALTER COLUMN {Identifiers.Quote(column.Name)} DROP DEFAULT", "what it calls may go before the column", only: true)
                .Locking(table, LockModes.AccessExclusive);
        }

        StepDraft draft = Alter(
            above.Length == 0 ? Phase.LoosenTables : Phase.AlterTables, $"drop {id}", $"DROP COLUMN {Identifiers.Quote(column.Name)}",
            remade ? "Postgres cannot alter what generates it, so it is added again" : $"{id} is there and not wanted")
            .Locking(table, LockModes.AccessExclusive) with { After = [.. above] };
        if (column.Generated is null)
        {
            draft = draft.With(Hazards.DropsData, id).Losing($"the values of {id}");
        }
        else if (!column.Generated.Virtual && !remade)
        {
            // What is stored goes, though the way back computes it again.
            draft = draft.With(Hazards.DropsData, id);
        }

        yield return remade ? draft : draft.With(Hazards.BreaksClients, id);
    }

    private IEnumerable<StepDraft> Loosened()
    {
        foreach ((ColumnFacts before, ColumnFacts after) in Kept())
        {
            string name = Identifiers.Quote(after.Name);
            if (before.Default is not null && (after.Default is null || BlocksItsChange(before, after)))
            {
                yield return Alter(Phase.LoosenTables, $"drop default of {Column(after.Name)}", $"ALTER COLUMN {name} DROP DEFAULT", "it is in the way or not wanted", only: true)
                    .Locking(table, LockModes.AccessExclusive);
            }

            if (before.Generated is not null && after.Generated is null && !Parents.Any(p => p.Old.Find(after.Name)?.Generated is not null && p.Made.Find(after.Name)?.Generated is null))
            {
                yield return Alter(Phase.LoosenTables, $"make {Column(after.Name)} an ordinary column", $"ALTER COLUMN {name} DROP EXPRESSION", "it is not to be generated")
                    .Locking(table, LockModes.AccessExclusive);
            }

            if (before.Identity is not null && after.Identity is null)
            {
                yield return Alter(Phase.LoosenTables, $"drop identity of {Column(after.Name)}", $"ALTER COLUMN {name} DROP IDENTITY", "it is not to be an identity column")
                    .Locking(table, LockModes.AccessExclusive).With(Hazards.DropsData, Column(after.Name)).Losing($"the position of the identity of {Column(after.Name)}");
            }
        }
    }

    // A default has no cast to every type; one that reads a sequence keeps the sequence from being dropped.
    private bool BlocksItsChange(ColumnFacts before, ColumnFacts after) =>
        difference.IsRetyped(table, after.Name) || difference.LosesDefault(table, after.Name)
        || (before.Default != after.Default && before.Default!.Contains("nextval(", StringComparison.Ordinal));

    private IEnumerable<StepDraft> Persistence()
    {
        if (old.Unlogged != made.Unlogged)
        {
            string kind = made.Unlogged ? "UNLOGGED" : "LOGGED";
            yield return Alter(Phase.AlterTables, $"set {table} {kind.ToLowerInvariant()}", $"SET {kind}", "it differs")
                .Locking(table, LockModes.AccessExclusive, rewrites: true);
        }
    }

    private IEnumerable<StepDraft> Retyped() => Kept()
        .Where(pair => difference.IsRetyped(table, pair.After.Name) && !Parents.Any(p => difference.IsRetyped(p.Id, pair.After.Name)))
        .Select(pair => Retype(pair.Before, pair.After));

    private StepDraft Retype(ColumnFacts before, ColumnFacts after)
    {
        ObjectId id = Column(after.Name);
        string name = Identifiers.Quote(after.Name);
        TypeChange change = difference.IsOfRebuiltType(before) ? new TypeChange(NeedsCast: true, KeepsValues: false, Rewrites: true) : TypeChange.Of(before.Type, after.Type);
        string collate = after.Collation is null ? "" : $" COLLATE {after.Collation}";

        // By way of text there is a cast from every type to every other; values that do not fit make the step fail.
        string cast = !change.NeedsCast ? ""
            : before.Type == after.Type ? $" USING {new RetypedValue(id, difference).Of(name, after.Type)}"
            : $" USING {name}::{(before.Type == "text" ? "" : "text::")}{after.Type}";
        string reason = difference.IsOfRebuiltType(after) ? "its type is made again" : before.Type == after.Type ? "its collation differs" : $"it is {before.Type}";
        StepDraft draft = Alter(
            Phase.AlterTables, $"change type of {id} to {after.Type}", $"ALTER COLUMN {name} TYPE {after.Type}{collate}{cast}",
            reason)
            .Locking(table, LockModes.AccessExclusive, rewrites: change.Rewrites)
            .With(Hazards.BreaksClients, id).Calling(difference.To, TypesOf(after).Concat(OwnCasts(before, after)));
        return change.KeepsValues
            ? draft : draft.With(Hazards.ConvertsData, id).With(Hazards.CanFail, id).Losing($"what the conversion cuts from the values of {id}");
    }

    // Of its own types only: Postgres has no others between what it brings.
    private IEnumerable<ObjectId> OwnCasts(ColumnFacts before, ColumnFacts after) => difference.From.OfKind("cast").Concat(difference.To.OfKind("cast"))
        .Where(item => item.Id.Name.StartsWith(before.Type + " AS ", StringComparison.Ordinal) || item.Id.Name.EndsWith(" AS " + after.Type, StringComparison.Ordinal))
        .Select(item => item.Id);

    private IEnumerable<StepDraft> Added() => made.Columns
        .Where(c => IsAdded(c) && AddedByParent(c) is null)
        .Select(c => Add(c));

    private bool IsAdded(ColumnFacts column) => old.Find(column.Name) is null || difference.IsRemade(table, column.Name);

    private StepDraft Add(ColumnFacts column)
    {
        ObjectId id = Column(column.Name);
        bool rewrites = column.Identity is not null || column.Generated is { Virtual: false } || IsComputedForEachRow(column.Default) || IsOfConstrainedDomain(column);
        StepDraft draft = Alter(
            Phase.AlterTables, $"add {id}", $"ADD COLUMN {TableSql.Column(table, TableForms.Named(table, column, difference), Major)}",
            old.Find(column.Name) is null ? $"{id} is wanted and not there" : "Postgres cannot alter what generates it")
            .Locking(table, LockModes.AccessExclusive, rewrites: rewrites).Calling(difference.To, column.DependsOn.Concat(TypesOf(column)));
        bool empty = column.Default is null && column.Identity is null && column.Generated is null;
        return column.NotNull && empty ? draft.With(Hazards.CanFail, id) : draft;
    }

    // Spec: ALTER TABLE, Notes. Constraints of the domain that it is made of are its own, too.
    private bool IsOfConstrainedDomain(ColumnFacts column) => !column.Type.EndsWith(']') && TypesOf(column).Any(IsConstrained);

    private bool IsConstrained(ObjectId type) => difference.To.Find(type)?.Facts is DomainFacts domain
        && (domain.NotNull || domain.DependsOn.Any(IsConstrained) || difference.To.OfKind("domain constraint").Any(o => o.Id.Schema == type.Schema && o.Id.Name == type.Name));

    // The type of one's own that the column has, or has an array of.
    private IEnumerable<ObjectId> TypesOf(ColumnFacts column) => made.DependsOn.Where(needed => needed.Part is null && needed.QualifiedName == column.Type.TrimEnd('[', ']'));

    private static bool IsComputedForEachRow(string? expression)
    {
        return StableCalls.Replace(expression ?? "", "").Contains('(', StringComparison.Ordinal);
    }

    private IEnumerable<StepDraft> Altered()
    {
        foreach ((ColumnFacts before, ColumnFacts after) in Made())
        {
            bool loosened = before.Default is not null && BlocksItsChange(before, after);
            if (after.Default is not null && (loosened || before.Default != after.Default))
            {
                yield return Alter(
                    Phase.AlterTables, $"set default of {Column(after.Name)}", $"ALTER COLUMN {Identifiers.Quote(after.Name)} SET DEFAULT {after.Default}",
                    loosened ? "it was dropped for the change" : "it differs", only: true).Locking(table, LockModes.AccessExclusive);
            }
            else if (after.Default is null && before.Default is not null && IsAdded(after))
            {
                yield return DropParentsDefault(after).Locking(table, LockModes.AccessExclusive);
            }

            foreach (StepDraft draft in NotNull(before, after).Concat(Identity(before, after)).Concat(Settings(before, after)))
            {
                yield return draft;
            }
        }
    }

    private IEnumerable<StepDraft> Identity(ColumnFacts before, ColumnFacts after)
    {
        ObjectId id = Column(after.Name);
        string name = Identifiers.Quote(after.Name);
        if (after.Identity is null)
        {
            yield break;
        }

        ObjectId sequenceId = new("sequence", table.Schema, after.Identity.Sequence);
        if (before.Identity is null)
        {
            yield return Alter(Phase.AlterTables, $"make {id} an identity column", $"ALTER COLUMN {name} ADD {TableSql.Identity(table, after.Name, after.Identity)}", "it is to be one")
                .Locking(table, LockModes.AccessExclusive);
            foreach (StepDraft draft in SequencePersistence(sequenceId, made.Unlogged, after.Identity.Unlogged))
            {
                yield return draft;
            }

            yield break;
        }

        if (before.Identity.Sequence != after.Identity.Sequence)
        {
            string sequence = Identifiers.QuoteQualified(table.Schema!, before.Identity.Sequence);
            yield return new StepDraft(
                Phase.AlterTables, $"rename the sequence of {id}", $"ALTER SEQUENCE {sequence} RENAME TO {Identifiers.Quote(after.Identity.Sequence)}", "its name differs");
        }

        SequenceOptions options = difference.IsRetyped(table, after.Name)
            ? SequenceSql.AfterTypeChange(before.Identity.Options, after.Identity.Options.Type) : before.Identity.Options;
        string[] changes =
        [
            .. before.Identity.Always == after.Identity.Always ? Array.Empty<string>() : [after.Identity.Always ? "SET GENERATED ALWAYS" : "SET GENERATED BY DEFAULT"],
            .. SequenceSql.ChangeList(options, after.Identity.Options).Select(change => $"SET {change}"),
        ];
        if (changes.Length > 0)
        {
            StepDraft draft = Alter(Phase.AlterTables, $"alter the identity of {id}", $"ALTER COLUMN {name} {string.Join(' ', changes)}", "it differs")
                .Locking(table, LockModes.AccessExclusive);
            yield return SequenceSql.IsNarrower(options, after.Identity.Options) ? draft.With(Hazards.CanFail, id) : draft;
        }

        // A table that becomes logged or unlogged takes the sequence along.
        bool unlogged = old.Unlogged != made.Unlogged ? made.Unlogged : before.Identity.Unlogged;
        foreach (StepDraft draft in SequencePersistence(sequenceId, unlogged, after.Identity.Unlogged))
        {
            yield return draft;
        }
    }

    private static IEnumerable<StepDraft> SequencePersistence(ObjectId sequence, bool before, bool after)
    {
        string kind = after ? "UNLOGGED" : "LOGGED";
        return before == after ? [] : [new StepDraft(Phase.AlterTables, $"set {sequence} {kind.ToLowerInvariant()}", $"ALTER SEQUENCE {sequence.QualifiedName} SET {kind}", "it differs")];
    }

    private IEnumerable<(ColumnFacts Before, ColumnFacts After)> Kept() => made.Columns
        .Where(c => !IsAdded(c))
        .Select(c => (old.Find(c.Name)!, c));

    private StepDraft Alter(Phase phase, string description, string action, string reason, bool only = false) =>
        new(phase, description, $"ALTER TABLE {(only && HasChildren ? "ONLY " : "")}{Table} {action}", reason);

    private ObjectId Column(string name) => ObjectId.Column(table.Schema!, table.Name, name);
}
