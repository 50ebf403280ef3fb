using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Sql.Errors;

namespace Lockplane.Schema.Plans;

/// <summary>Puts statements in an order in which each finds what it needs: phases, kinds and names decide where dependencies leave a choice.</summary>
/// <remarks>Cost: linear in statements and dependencies, times the logarithm of the statements.</remarks>
internal sealed class StepOrder
{
    private readonly Difference _difference;
    private readonly StepDraft[] _drafts;
    private readonly List<int>[] _after;
    private readonly int[] _waiting;
    private readonly Dictionary<ObjectId, List<int>> _bySubject = [];

    private StepOrder(Difference difference, IEnumerable<StepDraft> drafts)
    {
        _difference = difference;

        // Within a phase the weakest lock first, so that others wait for as short as they can, then the kinds' order, then the order in which the kind gave them.
        StepDraft[] given = [.. drafts];
        ILookup<(Phase, ObjectId?), int> strengths = given.ToLookup(draft => (draft.Phase, draft.Subject), StrengthOf);
        _drafts = [.. given.OrderBy(draft => draft.Phase).ThenBy(draft => draft.Subject is null ? StrengthOf(draft) : strengths[(draft.Phase, draft.Subject)].Max())];
        _after = new List<int>[_drafts.Length];
        _waiting = new int[_drafts.Length];
        for (int i = 0; i < _drafts.Length; i++)
        {
            _after[i] = [];
            if (_drafts[i].Subject is { } subject)
            {
                if (!_bySubject.TryGetValue(subject, out List<int>? own))
                {
                    _bySubject[subject] = own = [];
                }

                own.Add(i);
            }
        }
    }

    // What the plan makes nobody else can wait for.
    private int StrengthOf(StepDraft draft) =>
        draft.Locks.Where(l => _difference.From.FindLockable(l.Relation) is not null).Select(l => LockModes.StrengthOf(l.Mode) + 1).DefaultIfEmpty(0).Max();

    /// <summary>The statements in order. What stays and could be altered, but needs what waits for it, is made again: a view that reads one table less and another more, as a function that both call changes.</summary>
    /// <param name="difference">The two catalogs.</param>
    /// <param name="statements">Makes the statements.</param>
    /// <exception cref="LockplaneException">LP203: some need each other in a circle.</exception>
    public static IReadOnlyList<StepDraft> Of(Difference difference, Func<Difference, IEnumerable<StepDraft>> statements)
    {
        while (true)
        {
            StepOrder order = new(difference, statements(difference));
            order.Connect();
            List<StepDraft> sorted = order.Sort();
            if (sorted.Count == order._drafts.Length)
            {
                return sorted;
            }

            StepDraft[] circle = [.. order.Circle().Select(i => order._drafts[i])];
            ObjectId again = circle.Select(draft => draft.Subject).OfType<ObjectId>().Where(id => difference.Stays(id) && difference.From.Find(id)!.Facts is ViewFacts).Order().FirstOrDefault()
                ?? throw new LockplaneException(
                    ErrorCodes.Dependency, "Statements of the plan need each other in a circle.", string.Join("; ", circle.Select(draft => draft.Description)), "Make the change in two steps.");
            difference = difference.MakingAgain(again);
        }
    }

    private void Connect()
    {
        ConnectNames();
        for (int i = 0; i < _drafts.Length; i++)
        {
            foreach (int maker in _drafts[i].After.SelectMany(Own).Where(maker => _drafts[maker].Frees == _drafts[i].Frees && !_drafts[maker].IsCommon))
            {
                Connect(maker, i);
            }
        }

        ILookup<ObjectId, ObjectId> partsThatGo = NeedsOfPartsThatGo();
        foreach ((ObjectId subject, List<int> own) in _bySubject)
        {
            Chain(own);
            foreach (ObjectId needed in NeedsOf(_difference.From, subject).Concat(partsThatGo[subject]))
            {
                ConnectBefore(subject, own, needed);
            }

            foreach (ObjectId needed in NeedsOf(_difference.To, subject))
            {
                foreach (int maker in Own(needed).Where(i => !_drafts[i].Frees && !_drafts[i].IsCommon))
                {
                    foreach (int user in own.Where(i => !_drafts[i].Frees))
                    {
                        Connect(maker, user);
                    }
                }
            }
        }
    }

    // Indexes, policies, triggers that go with their table without a statement of their own let go of what they need when the table goes.
    private ILookup<ObjectId, ObjectId> NeedsOfPartsThatGo() => _difference.From.Objects
        .Where(item => !_bySubject.ContainsKey(item.Id))
        .Select(item => (Item: item, Owner: OwnerOf(item)))
        .Where(part => part.Owner is not null && part.Owner != part.Item.Id && !_difference.Stays(part.Owner))
        .SelectMany(part => Relations(_difference.From, part.Item.Facts.DependsOn).Where(needed => needed != part.Owner).Select(needed => (part.Owner, needed)))
        .ToLookup(pair => pair.Owner!, pair => pair.needed);

    private ObjectId? OwnerOf(CatalogObject item) => item.Facts is IndexFacts index
        ? _difference.From.FindRelation(item.Id with { Name = index.Table })?.Id
        : item.Id.Part is null ? null : _difference.From.FindRelation(item.Id)?.Id ?? new ObjectId("domain", item.Id.Schema, item.Id.Name);

    // A name that changes its kind: the old object goes before the new one comes.
    private void ConnectNames()
    {
        ILookup<(string, string?, string, string?), ObjectId> gone = _difference.From.Objects.Select(o => o.Id).Where(id => !_difference.To.Contains(id)).ToLookup(Name);
        foreach (ObjectId made in _difference.To.Objects.Select(o => o.Id).Where(id => !_difference.From.Contains(id)))
        {
            foreach (int drop in gone[Name(made)].SelectMany(Own).Where(i => _drafts[i].Frees))
            {
                foreach (int make in Own(made).Where(i => !_drafts[i].Frees))
                {
                    Connect(drop, make);
                }
            }
        }
    }

    // Relations and types share one space of names, as each relation with columns has a type of its name; routines share another.
    private static (string Space, string? Schema, string Name, string? More) Name(ObjectId id) => id.Kind switch
    {
        "function" or "procedure" or "aggregate" => ("routine", id.Schema, id.Name, id.Signature),
        _ when id.Part is null && id.Signature is null && id.Schema is not null => ("relation", id.Schema, id.Name, null),
        _ => (id.Kind, id.Schema, id.Name, id.Part + id.Signature),
    };

    // What an object needed: it has to let go before that is dropped, or changed under it.
    private void ConnectBefore(ObjectId subject, List<int> own, ObjectId needed)
    {
        bool stays = _difference.To.Contains(subject) && !_difference.IsRebuilt(subject)
            && !(subject.Kind == "column" && _difference.From.FindRelation(subject) is { } relation && _difference.IsRebuilt(relation.Id));

        // A default lets go of its sequence before anything else happens to the table, which may need the sequence's name for another.
        bool neededGoes = needed.Kind != "sequence" && (!_difference.To.Contains(needed) || _difference.AsideOf(needed) is not null);

        // A type that is put aside lets go of others only when it goes at last.
        bool isAside = _difference.AsideOf(subject) is not null;
        foreach (int user in own.Where(i => _drafts[i].Frees || (stays && neededGoes && !_drafts[i].IsCommon)))
        {
            foreach (int maker in Own(needed).Where(i => _drafts[i].Frees || (!stays && !isAside && !_drafts[i].IsCommon)))
            {
                Connect(user, maker);
            }
        }
    }

    // The statements of one object run in the order in which they stand.
    private void Chain(List<int> own)
    {
        for (int i = 1; i < own.Count; i++)
        {
            Connect(own[i - 1], own[i]);
        }
    }

    private List<int> Own(ObjectId needed) => _bySubject.GetValueOrDefault(needed) ?? [];

    private IEnumerable<ObjectId> NeedsOf(Catalog catalog, ObjectId subject)
    {
        if (subject.Kind == "column")
        {
            return catalog.FindRelation(subject)?.Facts is RelationFacts owner && owner.Find(subject.Part!) is { } column
                ? Relations(catalog, [subject, .. column.DependsOn]) : [];
        }

        if (ViewParts.ViewOf(subject) is { } view && catalog.Find(view) is { } whole)
        {
            return Relations(catalog, [view, .. whole.Facts.DependsOn]);
        }

        if (catalog.Find(subject) is not { } item)
        {
            return [];
        }

        IEnumerable<ObjectId> needs = (item.Facts is ViewFacts ? ViewParts.Needs(catalog, subject) : item.Facts.DependsOn).Concat(Extensions(item));
        if (item.Facts is RelationFacts relation)
        {
            needs = needs.Concat(relation.Columns.Where(c => !TableParts.DefaultStandsApart(catalog, item.Id, c)).SelectMany(c => c.DependsOn))
                .Concat(TableParts.Inline(catalog, item.Id).SelectMany(c => c.Facts.DependsOn))
                .Concat(DomainConstraintKind.BeforeColumnsOf(catalog, relation));
        }

        // One of the keys is what the foreign key refers by; when it goes, the foreign key has been dropped by its phase.
        if (item.Facts is ConstraintFacts { References: { } other } && catalog == _difference.To)
        {
            needs = needs.Concat(catalog.KeysOf(ObjectId.Table(other.Schema, other.Table)));
        }

        // Made along with that of the table that it is a partition of.
        if (Attachments.IsMadeByParent(subject, item.Facts) && Attachments.Of(item.Facts) is { } upper)
        {
            needs = needs.Append(upper);
        }

        if (item.Facts is FunctionFacts)
        {
            needs = needs.Select(needed => RangeTypeKind.IsCanonical(subject, needed, catalog) ? RangeTypeKind.Shell(needed) : needed);
        }

        IEnumerable<ObjectId> schema = subject.Schema is null ? [] : [new ObjectId("schema", null, subject.Schema)];
        return Relations(catalog, needs).Concat(schema).Where(needed => needed != subject);
    }

    // It goes away with them.
    private static IEnumerable<ObjectId> Extensions(CatalogObject item) => item.Facts.DependsOnExtensions.Select(name => new ObjectId("extension", null, name));

    // A column is made with its table, or when all tables of its tree are made.
    private static IEnumerable<ObjectId> Relations(Catalog catalog, IEnumerable<ObjectId> needs) =>
        needs.SelectMany(needed => needed.Kind == "column" ? Relations(catalog, needed) : [needed]).Distinct();

    private static IEnumerable<ObjectId> Relations(Catalog catalog, ObjectId column)
    {
        ObjectId table = catalog.FindRelation(column)?.Id ?? column;
        return column.Part is not null && catalog.LateColumns.Contains(table, column.Part) ? [table, LateColumns.Subject] : [table];
    }

    private void Connect(int first, int then)
    {
        if (first != then)
        {
            _after[first].Add(then);
            _waiting[then]++;
        }
    }

    private List<StepDraft> Sort()
    {
        PriorityQueue<int, int> ready = new();
        for (int i = 0; i < _drafts.Length; i++)
        {
            if (_waiting[i] == 0)
            {
                ready.Enqueue(i, i);
            }
        }

        List<StepDraft> sorted = new(_drafts.Length);
        while (ready.TryDequeue(out int next, out _))
        {
            sorted.Add(_drafts[next]);
            foreach (int i in _after[next])
            {
                if (--_waiting[i] == 0)
                {
                    ready.Enqueue(i, i);
                }
            }
        }

        return sorted;
    }

    // Every statement that still waits, waits for one that does.
    private List<int> Circle()
    {
        ILookup<int, int> before = Enumerable.Range(0, _drafts.Length).Where(i => _waiting[i] > 0).SelectMany(i => _after[i].Select(then => (First: i, Then: then))).ToLookup(pair => pair.Then, pair => pair.First);
        List<int> path = [Array.FindIndex(_waiting, waiting => waiting > 0)];
        while (true)
        {
            int next = before[path[^1]].First();
            if (path.IndexOf(next) is int start and >= 0)
            {
                path.RemoveRange(0, start);
                path.Reverse();
                return path;
            }

            path.Add(next);
        }
    }
}
