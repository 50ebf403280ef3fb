using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Constraints and indexes of partitions that stand for those of the partitioned table.</summary>
internal static class Attachments
{
    /// <summary>What it stands for; null when it stands for itself.</summary>
    public static ObjectId? Of(ObjectFacts facts) => facts switch
    {
        ConstraintFacts constraint => constraint.AttachedTo,
        IndexFacts index => index.AttachedTo,
        _ => null,
    };

    /// <summary>Adding the foreign key of the partitioned table makes it, under the same name, so that no statement of its own does.</summary>
    public static bool IsMadeByParent(ObjectId id, ObjectFacts facts) =>
        facts is ConstraintFacts { Type: ConstraintType.ForeignKey, AttachedTo: { } upper } && upper.Part == id.Part;

    /// <summary>It cannot be dropped by itself, and goes with what it stands for.</summary>
    public static bool GoesWithAnother(ObjectFacts facts, Difference difference) =>
        Of(facts) is { } upper && difference.From.Contains(upper) && (!difference.To.Contains(upper) || difference.IsRebuilt(upper));

    /// <summary>ALTER INDEX ... ATTACH PARTITION of what stands for this constraint or index of a partitioned table.</summary>
    public static IEnumerable<StepDraft> Steps(ObjectId upper, Difference difference)
    {
        foreach (ObjectId part in difference.To.AttachedTo(upper))
        {
            ObjectFacts facts = difference.To.Find(part)!.Facts;
            ObjectFacts? old = difference.IsMade(part) ? null : difference.From.Find(part)?.Facts;
            bool isThere = !difference.IsMade(upper) && old is not null && Of(old) == upper;
            if (isThere || facts is ConstraintFacts { Type: ConstraintType.ForeignKey } || IsAttachedWithItsTable(part, facts, difference))
            {
                continue;
            }

            // The partition's index is locked, and who reads the partition has to have it open.
            yield return new StepDraft(Phase.CreateIndexes, $"attach {part}", $"ALTER INDEX {IndexName(upper)} ATTACH PARTITION {IndexName(part)}", $"it is to stand for {upper}")
            {
                Subject = upper,
                After = [part],
            }.Locking(Table(upper, difference), LockModes.ShareUpdateExclusive).Locking(Table(part, difference), LockModes.AccessExclusive);
        }
    }

    private static ObjectId Table(ObjectId part, Difference difference) => ObjectId.Table(part.Schema!, difference.To.Find(part)?.Facts is IndexFacts index ? index.Table : part.Name);

    private static bool IsAttachedWithItsTable(ObjectId part, ObjectFacts facts, Difference difference)
    {
        ObjectId table = Table(part, difference);
        return difference.IsMade(table) && difference.To.Find(table)?.Facts is TableFacts made && TableForms.IsAttachedLate(made, difference);
    }

    /// <summary>The name of an index, or of the index behind a constraint, which is in the table's schema.</summary>
    public static string IndexName(ObjectId id) => Identifiers.QuoteQualified(id.Schema!, id.Part ?? id.Name);
}
