using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class ViewKind : ObjectKind<ViewFacts>
{
    public override string Name => "view";

    public override string? GrantWord => "TABLE";

    protected override IEnumerable<string> Create(ObjectId id, ViewFacts facts) => [ViewSql.Create(id, facts), .. Defaults(id, new ViewFacts(), facts)];

    // OR REPLACE can only add columns at the end.
    protected override IEnumerable<string>? Alter(ObjectId id, ViewFacts old, ViewFacts made)
    {
        bool keepsColumns = made.Columns.Count >= old.Columns.Count
            && old.Columns.Zip(made.Columns).All(pair => (pair.First.Name, pair.First.Type, pair.First.Collation) == (pair.Second.Name, pair.Second.Type, pair.Second.Collation));
        if (!keepsColumns)
        {
            return null;
        }

        bool replaced = old.Definition != made.Definition || old.Columns.Count != made.Columns.Count;
        IEnumerable<string> query = replaced ? [ViewSql.Create(id, made, replace: true)] : ViewSql.OptionChanges(id, old, made);
        return [.. query, .. Defaults(id, old, made)];
    }

    protected override IEnumerable<StepDraft> Steps(Difference difference, ObjectId id, ViewFacts? old, ViewFacts? made)
    {
        IEnumerable<StepDraft> drafts = base.Steps(difference, id, old, made);
        bool rebuilt = difference.IsRebuilt(id);
        if (old is not null && (made is null || rebuilt) && ViewParts.IsInCircle(difference.From, id))
        {
            // The function cannot go before the view, nor the view before the function.
            drafts = drafts.Prepend(new StepDraft(Phase.DropViews, $"empty {id}", ViewSql.Create(id, ViewSql.Hollow(old), replace: true), "it needs what needs it")
            {
                Subject = ViewParts.Query(id),
            });
        }

        if (made is not null && ViewParts.IsInCircle(difference.To, id))
        {
            drafts = old is null || rebuilt
                ? Split(drafts, id, made)
                : drafts.Select(draft => draft with { Subject = ViewParts.Query(id) });
        }

        return drafts.Concat(LostDefaults(difference, id, old, made));
    }

    private static IEnumerable<StepDraft> Split(IEnumerable<StepDraft> drafts, ObjectId id, ViewFacts made)
    {
        string whole = ViewSql.Create(id, made);
        foreach (StepDraft draft in drafts)
        {
            if (draft.Sql != whole)
            {
                yield return draft;
                continue;
            }

            yield return draft with { Sql = ViewSql.Create(id, ViewSql.Hollow(made)) };
            yield return draft with { Description = $"fill {id}", Sql = ViewSql.Create(id, made, replace: true), Reason = "it needs what needs it", Subject = ViewParts.Query(id) };
        }
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, ViewFacts? old, ViewFacts? made)
    {
        if (old is null)
        {
            return DefaultPrivilegesKind.Opening(draft, difference, id, made!);
        }

        draft = draft.Locking(id, LockModes.AccessExclusive);
        bool opens = made is not null && (old.SecurityInvoker != made.SecurityInvoker || old.SecurityBarrier != made.SecurityBarrier || old.Definition != made.Definition);
        return made is null ? draft.With(Hazards.BreaksClients, id) : opens ? draft.With(Hazards.ChangesAccess, id) : draft;
    }

    private static IEnumerable<string> Defaults(ObjectId id, ViewFacts old, ViewFacts made) => made.Columns
        .Where(column => column.Default != old.Find(column.Name)?.Default)
        .Select(column => ViewSql.Default(id, column.Name, column.Default));

    // A default that needs what goes or is made again.
    private static IEnumerable<StepDraft> LostDefaults(Difference difference, ObjectId id, ViewFacts? old, ViewFacts? made)
    {
        if (old is null || made is null || difference.IsRebuilt(id))
        {
            yield break;
        }

        foreach (ColumnFacts column in made.Columns.Where(c => difference.LosesDefault(id, c.Name) && old.Find(c.Name)?.Default is not null))
        {
            yield return new StepDraft(Phase.DropViews, $"drop default of {id}", ViewSql.Default(id, column.Name, null), "what it needs goes or changes");
            if (column.Default is not null && column.Default == old.Find(column.Name)!.Default)
            {
                yield return new StepDraft(Phase.CreateViews, $"set default of {id}", ViewSql.Default(id, column.Name, column.Default), "what it needs has changed");
            }
        }
    }
}
