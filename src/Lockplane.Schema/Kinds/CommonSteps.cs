using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>The statements for what objects of every kind have: owner, comment, labels, extensions, privileges; and for comments, labels and privileges of columns.</summary>
internal static class CommonSteps
{
    public static IEnumerable<StepDraft> Of(Difference difference) => difference.To.Objects.Where(item => !difference.IsUntouched(item.Id)).SelectMany(item => Of(difference, item));

    private static IEnumerable<StepDraft> Of(Difference difference, CatalogObject item)
    {
        ObjectId id = item.Id;
        ObjectKind kind = ObjectKinds.Get(id.Kind);
        CatalogObject? before = difference.From.Find(id);
        bool made = before is null || difference.IsRebuilt(id);

        // A rebuilt object begins as a new one does: the role that applies owns it.
        ObjectFacts? old = made ? null : before!.Facts;
        Phase phase = kind.PhaseOf(item.Facts);
        IEnumerable<StepDraft> own =
        [
            .. Owner(difference, kind, item, old, phase),
            .. Texts(kind, item, old).Select(sql => new StepDraft(phase, $"describe {id}", sql, old is null ? $"it belongs to {id}" : "it differs")),
            .. Privileges(kind, id, made ? Initial(difference, item) : AfterOwner(old!.Privileges, old, item.Facts), item.Facts.Privileges),
        ];
        IEnumerable<StepDraft> columns = item.Facts is RelationFacts relation
            ? relation.Columns.SelectMany(column => Column(kind, id, ColumnPhase(kind, old, phase), Kept(difference, id, old as RelationFacts, relation, column.Name), column))
            : [];
        bool isLate = made && item.Facts is TableFacts table && table.Columns.Any(c => difference.IsLate(id, c.Name));
        return own.Concat(isLate ? columns.Select(draft => draft with { Phase = Phase.AddConstraints, After = [LateColumns.Subject] }) : columns)
            .Select(draft => Locking(draft with { Subject = id, IsCommon = true }));
    }

    // Spec: COMMENT, SECURITY LABEL, ALTER TABLE. Privileges are changed without a lock on what they are on.
    private static StepDraft Locking(StepDraft draft)
    {
        ObjectId id = draft.Subject!;
        return id.Schema is null || draft.Phase == Phase.SetPrivileges ? draft
            : draft.Locking(id.Part is null ? id : ObjectId.Table(id.Schema, id.Name), draft.Sql.StartsWith("ALTER ", StringComparison.Ordinal) ? LockModes.AccessExclusive : LockModes.ShareUpdateExclusive);
    }

    // The owner is changed first, and takes along what the old one had and gave.
    private static PrivilegeFacts? AfterOwner(PrivilegeFacts? privileges, ObjectFacts? old, ObjectFacts made, bool isColumn = false) =>
        old is { Owner: { } before } && made.Owner is { } after ? OwnerChange.Of(privileges, before, after, isColumn) : privileges;

    // Columns of a table that stays are added and altered before.
    private static Phase ColumnPhase(ObjectKind kind, ObjectFacts? old, Phase phase) => kind is TableKind && old is not null ? Phase.AddConstraints : phase;

    private static IEnumerable<StepDraft> Owner(Difference difference, ObjectKind kind, CatalogObject item, ObjectFacts? old, Phase phase)
    {
        string? before = old is null ? difference.CreatingRole : old.Owner;
        if (item.Facts.Owner is { } owner && owner != before && !IsOwnedAlong(difference, item))
        {
            StepDraft draft = new(phase, $"give {item.Id} to {owner}", CommonSql.Owner(kind, item.Id, owner), old is null ? $"{item.Id} is to belong to {owner}" : $"it belongs to {old.Owner}");
            yield return old is null ? draft : draft.With(Hazards.ChangesAccess, item.Id);
        }
    }

    // A sequence that is tied to a column goes to the owner of the table with the table; it can be tied only when it belongs to that role.
    private static bool IsOwnedAlong(Difference difference, CatalogObject item) =>
        item.Facts is SequenceFacts { OwnedByTable: { } table, OwnedByColumn: { } column } && difference.From.Find(item.Id)?.Facts is SequenceFacts before
        && (before.OwnedByTable, before.OwnedByColumn) == (table, column) && difference.Stays(ObjectId.Table(item.Id.Schema!, table)) && !difference.IsRemade(ObjectId.Table(item.Id.Schema!, table), column);

    private static IEnumerable<string> Texts(ObjectKind kind, CatalogObject item, ObjectFacts? old)
    {
        if (item.Facts.Comment != old?.Comment)
        {
            yield return CommonSql.Comment(kind, item.Id, item.Facts.Comment);
        }

        foreach ((string provider, string? label) in Labels(old?.SecurityLabels ?? default, item.Facts.SecurityLabels))
        {
            yield return CommonSql.Label(kind, item.Id, provider, label);
        }

        FactList<string> extensions = old?.DependsOnExtensions ?? default;
        foreach (string extension in extensions.Except(item.Facts.DependsOnExtensions))
        {
            yield return CommonSql.DependsOnExtension(kind, item.Id, extension, no: true);
        }

        foreach (string extension in item.Facts.DependsOnExtensions.Except(extensions))
        {
            yield return CommonSql.DependsOnExtension(kind, item.Id, extension);
        }
    }

    // The column as it was, with the privileges that it has when its table has gone to its owner.
    private static ColumnFacts? Kept(Difference difference, ObjectId id, RelationFacts? old, RelationFacts made, string name)
    {
        ColumnFacts? column = difference.IsRemade(id, name) ? null : old?.Find(name);
        return column is null ? null : column with
        {
            Privileges = AfterOwner(column.Privileges, old, made, isColumn: true),
            Identity = column.Identity is null ? null : column.Identity with { Privileges = AfterOwner(column.Identity.Privileges, old, made) },
        };
    }

    private static IEnumerable<StepDraft> Column(ObjectKind kind, ObjectId id, Phase phase, ColumnFacts? old, ColumnFacts column)
    {
        ObjectId name = new("column", id.Schema, id.Name, column.Name);
        if (column.Comment != old?.Comment)
        {
            yield return new StepDraft(phase, $"describe {name}", CommonSql.ColumnComment(id, column.Name, column.Comment), "its comment differs");
        }

        foreach ((string provider, string? label) in Labels(old?.SecurityLabels ?? default, column.SecurityLabels))
        {
            string text = label is null ? "NULL" : Identifiers.QuoteLiteral(label);
            yield return new StepDraft(
                phase, $"label {name}", $"SECURITY LABEL FOR {Identifiers.Quote(provider)} ON COLUMN {id.QualifiedName}.{Identifiers.Quote(column.Name)} IS {text}", "its label differs");
        }

        IEnumerable<StepDraft> sequence = column.Identity is null ? [] : Sequence(new ObjectId("sequence", id.Schema, column.Identity.Sequence), old?.Identity, column.Identity, phase);
        foreach (StepDraft draft in Privileges(kind, id, old?.Privileges, column.Privileges, column.Name).Concat(sequence))
        {
            yield return draft;
        }
    }

    // The sequence of an identity column is no object of its own, but can be described and granted.
    private static IEnumerable<StepDraft> Sequence(ObjectId id, IdentityFacts? old, IdentityFacts made, Phase phase)
    {
        ObjectKind kind = ObjectKinds.Get("sequence");
        if (made.Comment != old?.Comment)
        {
            yield return new StepDraft(phase, $"describe {id}", CommonSql.Comment(kind, id, made.Comment), "its comment differs");
        }

        foreach ((string provider, string? label) in Labels(old?.SecurityLabels ?? default, made.SecurityLabels))
        {
            yield return new StepDraft(phase, $"label {id}", CommonSql.Label(kind, id, provider, label), "its label differs");
        }

        foreach (StepDraft draft in Privileges(kind, id, old?.Privileges, made.Privileges))
        {
            yield return draft;
        }
    }

    private static IEnumerable<(string Provider, string? Label)> Labels(FactList<SecurityLabelFacts> old, FactList<SecurityLabelFacts> made) =>
    [
        .. old.Where(o => made.All(m => m.Provider != o.Provider)).Select(o => (o.Provider, (string?)null)),
        .. made.Where(m => !old.Contains(m)).Select(m => (m.Provider, (string?)m.Label)),
    ];

    // What is called public and was not made by initdb has not what is taken for usual of it.
    private static PrivilegeFacts? Initial(Difference difference, CatalogObject item) => item.Id is { Kind: "schema", Name: "public" }
        ? new PrivilegeFacts { Revoked = [new GrantFacts { To = "public", Privileges = ["USAGE"] }] }
        : DefaultPrivilegesKind.Initial(difference.From, difference.To, difference.CreatingRole, item.Id, item.Facts.Owner);

    // From one difference from the default to another: first what is taken, then what is given, so that a grant option can go from an entry.
    private static IEnumerable<StepDraft> Privileges(ObjectKind kind, ObjectId id, PrivilegeFacts? old, PrivilegeFacts? made, string? column = null)
    {
        GrantChanges changes = GrantChanges.Between(old, made);
        ObjectId subject = column is null ? id : new ObjectId("column", id.Schema, id.Name, column);
        foreach (GrantFacts entry in changes.Taken)
        {
            yield return new StepDraft(Phase.SetPrivileges, $"revoke on {subject} from {entry.To}", CommonSql.Revoke(kind, id, entry, column), "it is not to have them")
                .With(Hazards.TakesAccess, subject);
        }

        foreach (GrantFacts entry in changes.Given)
        {
            yield return new StepDraft(Phase.SetPrivileges, $"grant on {subject} to {entry.To}", CommonSql.Grant(kind, id, entry, column), "it is to have them")
                .With(Hazards.ChangesAccess, subject);
        }
    }
}
