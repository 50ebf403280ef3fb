using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>
/// Judges names by what the database has: a function outside of pg_catalog passes when it is named in <c>allow_functions</c>, or when its body, and all that it calls, would pass as statements. Of one profile and one
/// snapshot; thread-safe, without a lock around parsing. What was judged is kept, other than that the parser had too little time or memory.
/// </summary>
/// <remarks>
/// Which of the functions of a name a statement calls depends on types and search_path, so all of them must pass. Functions that call one another in a circle pass together or not at all: what calls something refused is
/// refused, until nothing changes; the rest passes.
/// Calls that no name in a statement tells of are not judged: those of the schema itself (triggers, defaults, constraints, policies, views, rules, indexes), implicit casts, and operator classes, which only a
/// superuser makes. They come into being by a schema change, and that is where they are looked at.
/// </remarks>
internal sealed class FunctionAudit(CatalogFacts facts, Profile profile, PgQueryParser parser) : IFunctionJudge
{
    // An extension's types bring their own: one that is on no list would otherwise have every statement with "=" refused. Indexes and ORDER BY call these without being asked.
    private static readonly FrozenSet<string> Comparisons = FrozenSet.Create(StringComparer.Ordinal, "=", "<>", "<", "<=", ">", ">=");

    private readonly FunctionBodies _bodies = new(parser, profile);
    private readonly ConcurrentDictionary<CatalogFunction, Lazy<Examined>> _examined = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<CatalogFunction, Finding?> _judged = new(ReferenceEqualityComparer.Instance);

    public Finding? Judge(FunctionUse use)
    {
        if (Refuse(use) is { } finding)
        {
            return finding;
        }

        return Worse(Called(use).Select(JudgeFunction)) is { } found ? found with { Offset = use.Location } : null;
    }

    public bool IsSettingsView(string? schema, string name)
    {
        foreach (CatalogName view in facts.SettingsViews)
        {
            if (view.Name == name && (schema is null || view.Schema == schema))
            {
                return true;
            }
        }

        return false;
    }

    public Finding? Judge(BodyFact body)
    {
        Uses uses = new(this);
        Finding? own = Worse(_bodies.JudgeDo(body, uses));
        return Worse(uses.Called.Select(JudgeFunction).Prepend(own)) is { } found ? found with { Offset = body.Location } : null;
    }

    /// <summary>What is held against a name before any body is looked at.</summary>
    private Finding? Refuse(FunctionUse use) => Passes(use) ? null : FunctionRules.Refused(use, profile);

    private bool Passes(FunctionUse use)
    {
        switch (use.Form)
        {
            case UseForm.Column or UseForm.Type or UseForm.Grammar:
                return true;
            case UseForm.Field:
                // It must be known, in case that it was created since. A column may bear the name of a function of pg_catalog that no list knows, of a later version: then it may be either.
                return profile.AllowsField(use.Name) || (!facts.IsBuiltIn(use.Name) && (facts.IsField(use.Name) || Called(use).Any()));
            case UseForm.Operator:
                return (use.Schema is null or "pg_catalog" || facts.Operators(use.Schema, use.Name).Any()) && facts.Operators(use.Schema, use.Name).All(op => PassesBuiltIn(op.Function));
            default:
                break;
        }

        if (use.Schema is not null and not "pg_catalog")
        {
            return facts.Functions(use.Schema, use.Name).Any() || profile.AllowsOwn(new(use.Schema, use.Name));
        }

        // What it writes is judged by its arguments.
        bool allowed = profile.AllowsBuiltIn(use.Name) || use is { Form: UseForm.Call, Name: "set_config" };
        return use.Schema is not null || facts.IsBuiltIn(use.Name) ? allowed : allowed || facts.Functions(null, use.Name).Any();
    }

    /// <summary>The functions outside of pg_catalog that a name may call.</summary>
    private IEnumerable<CatalogFunction> Called(FunctionUse use) => use.Form switch
    {
        UseForm.Field => facts.Functions(null, use.Name).Where(static function => function.TakesOne),
        UseForm.Column => facts.Functions(null, use.Name).Where(static function => function.TakesRow),
        UseForm.Operator => facts.Operators(use.Schema, use.Name).SelectMany(op => facts.Functions(op.Function.Schema, op.Function.Name))
            .Where(function => !(function is { Language: "c" or "internal", Extension: not null } && Comparisons.Contains(use.Name))),
        UseForm.Type => facts.Casts(use.Schema, use.Name).SelectMany(cast => facts.Functions(cast.Function.Schema, cast.Function.Name)),
        _ => use.Schema == "pg_catalog" ? [] : facts.Functions(use.Schema, use.Name),
    };

    private bool PassesBuiltIn(CatalogName function) => function.Schema != "pg_catalog" || profile.AllowsBuiltIn(function.Name);

    /// <summary>What is held against a function: in its own body, or in one that it calls.</summary>
    /// <remarks>Threads may judge the same functions at once: each by all that is reached, so whichever ends last says no other than the first.</remarks>
    private Finding? JudgeFunction(CatalogFunction function)
    {
        if (_judged.TryGetValue(function, out Finding? known))
        {
            return known;
        }

        Dictionary<CatalogFunction, Examined> reached = Reach(function);
        Dictionary<CatalogFunction, Finding?> findings = new(ReferenceEqualityComparer.Instance);
        foreach ((CatalogFunction each, Examined examined) in reached)
        {
            findings[each] = examined.Own;
        }

        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach ((CatalogFunction caller, Examined examined) in reached)
            {
                foreach (CatalogFunction callee in examined.Called)
                {
                    Finding? found = findings.TryGetValue(callee, out Finding? inReach) ? inReach : _judged[callee];
                    if (found is not null && (findings[caller] is not { } held || (held.Listed && !found.Listed)))
                    {
                        findings[caller] = FunctionBodies.Refused(caller, $"it calls {callee.Name}: {found.Detail}", profile, found.Listed) with { Lasting = found.Lasting };
                        changed = true;
                    }
                }
            }
        }

        foreach ((CatalogFunction each, Finding? finding) in findings)
        {
            if (finding is null or { Lasting: true })
            {
                _judged[each] = finding;
            }
        }

        return findings[function];
    }

    /// <summary>A function and all that it calls which was not judged yet.</summary>
    private Dictionary<CatalogFunction, Examined> Reach(CatalogFunction function)
    {
        Dictionary<CatalogFunction, Examined> reached = new(ReferenceEqualityComparer.Instance);
        Stack<CatalogFunction> open = new([function]);
        while (open.TryPop(out CatalogFunction? next))
        {
            if (!reached.ContainsKey(next))
            {
                Examined examined = Known(next);
                reached[next] = examined;
                foreach (CatalogFunction callee in examined.Called.Where(callee => !_judged.ContainsKey(callee)))
                {
                    open.Push(callee);
                }
            }
        }

        return reached;
    }

    /// <summary>What is known of a function by itself; only who asks for the same function waits for its parsing.</summary>
    private Examined Known(CatalogFunction function)
    {
        Lazy<Examined> lazy = _examined.GetOrAdd(function, static (function, audit) => new(() => audit.Examine(function)), this);
        bool keep = false;
        try
        {
            Examined examined = lazy.Value;
            keep = examined.Own is null or { Lasting: true };
            return examined;
        }
        finally
        {
            if (!keep)
            {
                _examined.TryRemove(new(function, lazy));
            }
        }
    }

    private Examined Examine(CatalogFunction function)
    {
        Uses uses = new(this);
        return profile.AllowsOwn(function.Name) ? new(null, []) : new(Worse([.. _bodies.Judge(function, uses), .. JudgeParts(function, uses)]), [.. uses.Called]);
    }

    private IEnumerable<Finding?> JudgeParts(CatalogFunction aggregate, Uses uses)
    {
        foreach (CatalogName part in aggregate.Parts)
        {
            if (!PassesBuiltIn(part))
            {
                yield return FunctionBodies.Refused(aggregate, $"it calls {part}.", profile, listed: false);
            }

            uses.Called.UnionWith(facts.Functions(part.Schema, part.Name));
        }
    }

    // One that not even mode observe lets pass comes first.
    private static Finding? Worse(IEnumerable<Finding?> findings)
    {
        Finding? listed = null;
        foreach (Finding? finding in findings)
        {
            if (finding is { Listed: false })
            {
                return finding;
            }

            listed ??= finding;
        }

        return listed;
    }

    /// <summary>What is known of a function by itself.</summary>
    private sealed record Examined(Finding? Own, ImmutableArray<CatalogFunction> Called);

    /// <summary>Takes down what a body calls, in place of judging it.</summary>
    private sealed class Uses(FunctionAudit audit) : IFunctionJudge
    {
        public HashSet<CatalogFunction> Called { get; } = new(ReferenceEqualityComparer.Instance);

        public Finding? Judge(FunctionUse use)
        {
            Called.UnionWith(audit.Called(use));
            return audit.Refuse(use);
        }

        public Finding? Judge(BodyFact body) => Worse(audit._bodies.JudgeDo(body, this));

        public bool IsSettingsView(string? schema, string name) => audit.IsSettingsView(schema, name);
    }
}
