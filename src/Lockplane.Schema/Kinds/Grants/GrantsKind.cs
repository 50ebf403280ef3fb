using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>A kind that is nothing but privileges: it is made, changed and dropped by GRANT and REVOKE.</summary>
internal abstract class GrantsKind<TFacts> : ObjectKind
    where TFacts : GrantsFacts
{
    public sealed override Type FactsType => typeof(TFacts);

    public sealed override bool CanAlter(ObjectId id, ObjectFacts old, ObjectFacts made) => true;

    public sealed override IEnumerable<StepDraft> Steps(Difference difference) => difference.Each<TFacts>()
        .SelectMany(o => Steps(o.Id, o.Old, o.Made), (o, draft) => draft with { Subject = o.Id });

    /// <summary>What stands before GRANT or REVOKE, with a space.</summary>
    protected virtual string Prefix(ObjectId id) => "";

    /// <summary>What the privileges are on: <c>ON DATABASE x</c>.</summary>
    protected abstract string Target(ObjectId id, TFacts facts);

    /// <summary>The privileges of columns; a column that is in neither has those of its table.</summary>
    protected virtual IEnumerable<(string Column, PrivilegeFacts? Old, PrivilegeFacts? Made)> Columns(TFacts? old, TFacts? made) => [];

    private IEnumerable<StepDraft> Steps(ObjectId id, TFacts? old, TFacts? made)
    {
        string target = Target(id, (made ?? old)!);
        Phase phase = PhaseOf((made ?? old)!);
        IEnumerable<StepDraft> drafts = Steps(id, phase, target, "", Own(old), Own(made));
        drafts = drafts.Concat(Columns(old, made).SelectMany(c => Steps(id, phase, target, $" ({Identifiers.Quote(c.Column)})", c.Old, c.Made)));

        // What is to be default again has to be so before anything is made.
        return made is null && phase == Phase.SetDefaults ? drafts.Select(draft => draft with { Phase = Phase.DropViews }) : drafts;
    }

    private IEnumerable<StepDraft> Steps(ObjectId id, Phase phase, string target, string column, PrivilegeFacts? old, PrivilegeFacts? made)
    {
        GrantChanges changes = GrantChanges.Between(old, made);
        foreach (GrantFacts entry in changes.Taken)
        {
            string sql = $"{Prefix(id)}REVOKE {Words(entry, column)} {target} FROM {CommonSql.Role(entry.To)}{CommonSql.GrantedBy(entry)}";
            yield return new StepDraft(phase, $"revoke {id} from {entry.To}", sql, "it is not to have them").With(Hazards.TakesAccess, id);
        }

        foreach (GrantFacts entry in changes.Given)
        {
            string sql = $"{Prefix(id)}GRANT {Words(entry, column)} {target} TO {CommonSql.Role(entry.To)}{(entry.Grantable ? " WITH GRANT OPTION" : "")}{CommonSql.GrantedBy(entry)}";
            yield return new StepDraft(phase, $"grant {id} to {entry.To}", sql, "it is to have them").With(Hazards.ChangesAccess, id);
        }
    }

    private static string Words(GrantFacts entry, string column) => string.Join(", ", entry.Privileges.Select(p => p + column));

    private static PrivilegeFacts? Own(TFacts? facts) => facts is null ? null : new PrivilegeFacts { Granted = facts.Granted, Revoked = facts.Revoked };
}
