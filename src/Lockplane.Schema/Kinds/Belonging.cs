using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Which object stands for what Postgres made along with it, and what is left out with what it is a part of.</summary>
internal sealed class Belonging(IReadOnlyDictionary<CatalogKey, ReadObject> objects, DependencyRows dependencies, Scope scope, IReadOnlySet<string> versions)
{
    private enum State
    {
        Kept,

        Ignored,

        // A member of an extension, our own, or temporary.
        LeftOut,
    }

    private readonly Dictionary<CatalogKey, State> _states = [];
    private readonly Dictionary<CatalogKey, Place> _places = [];

    /// <summary>It is no part of the catalog.</summary>
    public bool IsLeftOut(CatalogKey key) => StateOf(key) != State.Kept;

    /// <summary>The scope leaves it out, or what it is a part of.</summary>
    public bool IsIgnored(CatalogKey key) => StateOf(key) == State.Ignored;

    /// <summary>The object that was read under this key, or that the key's object was made with; null when there is none.</summary>
    public ReadObject? FindOwner(CatalogKey key) => PlaceOf(key).Owner;

    /// <summary>Whether <see cref="Find"/> has a name for it.</summary>
    public bool IsNamed(CatalogKey key) => PlaceOf(key).Named is not null;

    /// <summary>The name of the object, or of its column; of an extension's member, the extension; null when nothing that was read has it.</summary>
    public ObjectId? Find(CatalogKey key, int subId = 0)
    {
        Place place = PlaceOf(key);
        if (place.Named is not { } item)
        {
            return null;
        }

        int column = place.IsMember ? 0 : place.SubId != 0 ? place.SubId : subId;
        return (column == 0 ? null : item.Column(column)) ?? item.Id;
    }

    private Place PlaceOf(CatalogKey key)
    {
        if (!_places.TryGetValue(key, out Place place))
        {
            // Against a circle.
            _places[key] = default;
            _places[key] = place = FindPlace(key);
        }

        return place;
    }

    private Place FindPlace(CatalogKey key)
    {
        objects.TryGetValue(key, out ReadObject? own);
        DependencyRow? made = null;
        DependencyRow? member = null;
        foreach (DependencyRow row in dependencies.Of(key))
        {
            if (row.Type == 'e')
            {
                member = row;
            }
            else if (own is null && IsMadeWith(key, row) && (made is null || IsBefore(row, made.Value)))
            {
                made = row;
            }
        }

        Place place = own is not null ? new Place(own, own, 0, IsMember: false)
            : made is { } first && PlaceOf(first.Needs) is { Owner: not null } next ? next with { SubId = next.SubId != 0 ? next.SubId : first.NeedsSubId }
            : default;
        return member is { } of ? place with { Named = objects.GetValueOrDefault(of.Needs), IsMember = true } : place;
    }

    // Row and array types, rules of views, indexes of constraints, sequences of identity columns, members of operator families; defaults and constraints that
    // no kind reads; what a partition has from its parent's trigger; and that a publication has a table or schema.
    private static bool IsMadeWith(CatalogKey key, in DependencyRow row) => row.Type switch
    {
        'i' => true,
        'a' => key.Class is CatalogClasses.ColumnDefault or CatalogClasses.Constraint
            || (key.Class is CatalogClasses.AccessOperator or CatalogClasses.AccessProcedure && row.Needs.Class is CatalogClasses.OperatorClass or CatalogClasses.OperatorFamily)
            || row.Needs.Class == CatalogClasses.Publication,
        'P' => key.Class == CatalogClasses.Trigger && row.Needs.Class == CatalogClasses.Trigger,
        _ => false,
    };

    private static bool IsBefore(in DependencyRow left, in DependencyRow right) =>
        (left.Type != 'i', left.Needs.Class, left.Needs.Object, left.NeedsSubId).CompareTo((right.Type != 'i', right.Needs.Class, right.Needs.Object, right.NeedsSubId)) < 0;

    private State StateOf(CatalogKey key)
    {
        if (!_states.TryGetValue(key, out State state))
        {
            _states[key] = State.Kept;
            _states[key] = state = Judge(key);
        }

        return state;
    }

    private State Judge(CatalogKey key)
    {
        State own = State.Kept;
        if (objects.TryGetValue(key, out ReadObject? item))
        {
            if (key.Class == CatalogClasses.Namespace && IsOurs(item.Id.Name))
            {
                return State.LeftOut;
            }

            own = scope.Includes(item.Id) && !IsVersion(item.Id) ? State.Kept : State.Ignored;
        }

        foreach (DependencyRow row in dependencies.Of(key))
        {
            // What is in no schema: an event trigger is where its function is, casts and transforms are where their types are.
            bool placed = key.Class is CatalogClasses.EventTrigger or CatalogClasses.Cast or CatalogClasses.Transform && !IsMember(row.Needs);
            bool followed = row.IsPartOf || row.Needs.Class == CatalogClasses.Namespace || placed;
            State of = row.Type == 'e' ? State.LeftOut : followed ? StateOf(row.Needs) : State.Kept;
            if (of > own && !(of == State.Ignored && !row.IsPartOf && !placed && key.Class != CatalogClasses.Extension))
            {
                own = of;
            }
        }

        return own;
    }

    private bool IsVersion(ObjectId id) => (id.Kind == "schema" ? id.Name : id.Schema) is { } schema && versions.Contains(schema);

    private bool IsMember(CatalogKey key)
    {
        foreach (DependencyRow row in dependencies.Of(key))
        {
            if (row.Type == 'e')
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsOurs(string schema) => schema == "lockplane" || schema.StartsWith("pg_temp", StringComparison.Ordinal) || schema.StartsWith("pg_toast", StringComparison.Ordinal);

    /// <summary>Where a key leads.</summary>
    /// <param name="Owner">The object that it stands for.</param>
    /// <param name="Named">The object whose name it has: the owner, or the extension that it is a member of.</param>
    /// <param name="SubId">The owner's column that it was made with; 0 when it is the owner as a whole.</param>
    private readonly record struct Place(ReadObject? Owner, ReadObject? Named, int SubId, bool IsMember);
}
