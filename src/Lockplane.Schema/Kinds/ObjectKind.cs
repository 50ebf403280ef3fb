using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>One kind of object: how its facts are read and by what statements it is made, changed and dropped.</summary>
/// <remarks>
/// Statements qualify every name and have no semicolon. What all kinds have (owner, comment, privileges, labels) is not a kind's business but
/// <see cref="CommonSql"/>'s: a kind says only what it is called in those statements.
/// </remarks>
internal abstract class ObjectKind
{
    /// <summary>Its name, as in an <see cref="ObjectId"/>: <c>materialized view</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The record of its facts.</summary>
    public abstract Type FactsType { get; }

    /// <summary>The file of the query that reads it: its name with underscores.</summary>
    public string QueryName => Name.Replace(' ', '_');

    /// <summary>The kind in SQL, in DROP, ALTER and COMMENT ON: <c>MATERIALIZED VIEW</c>.</summary>
    public virtual string Word => Name.ToUpperInvariant();

    /// <summary>The kind in GRANT; null when nothing can be granted on it.</summary>
    public virtual string? GrantWord => null;

    /// <summary>The object after <see cref="Word"/>: <c>public.notes</c>, of a part <c>notes_title ON public.notes</c>.</summary>
    public virtual string Reference(ObjectId id) => id.QualifiedName;

    /// <summary>The same in GRANT.</summary>
    public virtual string GrantReference(ObjectId id) => Reference(id);

    /// <summary>When it is made and changed, where what it needs leaves a choice.</summary>
    public virtual Phase PhaseOf(ObjectFacts facts) => ObjectKinds.IsBeforeTables(this) ? Phase.CreateTypes : Phase.CreateViews;

    /// <summary>Whether one can become the other in place; where it cannot, it is dropped and made again.</summary>
    public abstract bool CanAlter(ObjectId id, ObjectFacts old, ObjectFacts made);

    /// <summary>The statements that make all objects of this kind what they are in the second catalog, in a stable order within each phase.</summary>
    public abstract IEnumerable<StepDraft> Steps(Difference difference);
}

/// <summary>A kind whose facts are of one type.</summary>
internal abstract class ObjectKind<TFacts> : ObjectKind
    where TFacts : ObjectFacts
{
    public sealed override Type FactsType => typeof(TFacts);

    public sealed override bool CanAlter(ObjectId id, ObjectFacts old, ObjectFacts made) => Alter(id, (TFacts)old, (TFacts)made) is not null;

    /// <summary>The statements that make it.</summary>
    protected abstract IEnumerable<string> Create(ObjectId id, TFacts facts);

    /// <summary>The statements that turn it into another while it stays what it is; null where Postgres has none and it has to be dropped and made again.</summary>
    protected virtual IEnumerable<string>? Alter(ObjectId id, TFacts old, TFacts made) => null;

    /// <summary>The statement that drops it.</summary>
    protected virtual string Drop(ObjectId id, TFacts facts) => $"DROP {Word} {Reference(id)}";

    /// <summary>What is known about a step that makes, changes or drops it: its locks and hazards.</summary>
    protected virtual StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, TFacts? old, TFacts? made) => draft;

    public sealed override IEnumerable<StepDraft> Steps(Difference difference) => difference.Each<TFacts>()
        .Where(o => o.Id.Kind == Name)
        .SelectMany(o => Steps(difference, o.Id, o.Old, o.Made), (o, draft) => draft with { Subject = draft.Subject ?? o.Id });

    /// <summary>The statements for one object.</summary>
    protected virtual IEnumerable<StepDraft> Steps(Difference difference, ObjectId id, TFacts? old, TFacts? made)
    {
        bool rebuilt = difference.IsRebuilt(id);
        if (rebuilt && difference.AsideOf(id) is { } aside)
        {
            // Columns have it as their type: they change to the new one before the old one goes.
            yield return new StepDraft(PhaseOf(made!), $"put {id} aside", $"ALTER {Word} {id.QualifiedName} RENAME TO {Identifiers.Quote(aside.Name)}", "columns that have it change to another of its name");
            yield return new StepDraft(Phase.DropTypes, $"drop the old {id}", Drop(aside, old!), "no column has it any more");
        }
        else if (old is not null && (made is null || rebuilt) && !difference.GoesWithAnother(id))
        {
            Phase drop = ObjectKinds.IsBeforeTables(this) && !rebuilt ? Phase.DropTypes : Phase.DropViews;
            StepDraft draft = new(drop, $"drop {id}", Drop(id, old), rebuilt ? "it is made again after the change" : $"{id} is there and not wanted");
            yield return Judge(difference, draft, id, old, null);
        }

        if (made is not null && (old is null || rebuilt))
        {
            foreach (string statement in Create(id, made))
            {
                StepDraft draft = new(PhaseOf(made), $"create {id}", statement, rebuilt ? "it differs, or what it needs changes" : $"{id} is wanted and not there");
                yield return Judge(difference, draft, id, null, made);
            }
        }
        else if (old is not null && made is not null && !old.Own().Equals(made.Own()))
        {
            foreach (string statement in Alter(id, old, made)!)
            {
                StepDraft draft = new(PhaseOf(made), $"alter {id}", statement, "it differs");
                yield return Judge(difference, draft, id, old, made);
            }
        }
    }
}
