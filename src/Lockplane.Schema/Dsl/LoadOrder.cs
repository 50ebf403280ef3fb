using Lockplane.Sql.Statements;

namespace Lockplane.Schema.Dsl;

/// <summary>Orders a schema's statements so that most find what they need: by their class, and within it by the names that they mention.</summary>
/// <remarks>A guess, which loading corrects by trial: a name is looked at without its schema or its arguments. Cost: linear in statements and mentions.</remarks>
internal sealed class LoadOrder
{
    // Names that many statements make tell nothing.
    private const int MostMakers = 8;

    private readonly List<(DeclarationFacts Facts, Statement Statement)> _items;
    private readonly Dictionary<string, List<int>> _makers = new(StringComparer.Ordinal);
    private readonly bool[] _seen;
    private readonly List<int> _order = [];

    private LoadOrder(List<(DeclarationFacts, Statement)> items)
    {
        _items = items;
        _seen = new bool[items.Count];
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Item1 is { Kind: not "AlterTableStmt", Definitions: [{ Part: null } made, ..] })
            {
                if (!_makers.TryGetValue(made.Name, out List<int>? makers))
                {
                    _makers[made.Name] = makers = [];
                }

                makers.Add(i);
            }
        }
    }

    /// <summary>The places of the statements in their new order.</summary>
    public static IReadOnlyList<int> Of(List<(DeclarationFacts Facts, Statement Statement)> items)
    {
        LoadOrder order = new(items);
        foreach (int i in Enumerable.Range(0, items.Count).OrderBy(i => DeclarationRules.RankOf(items[i].Facts)))
        {
            order.Visit(i);
        }

        return order._order;
    }

    // Depth first, without recursion: chains of views can be long. What needs each other in a circle comes as it stands.
    private void Visit(int first)
    {
        if (_seen[first])
        {
            return;
        }

        Stack<(int Item, IEnumerator<int> Needs)> open = new();
        Open(first);
        while (open.TryPeek(out (int Item, IEnumerator<int> Needs) top))
        {
            if (!top.Needs.MoveNext())
            {
                top.Needs.Dispose();
                open.Pop();
                _order.Add(top.Item);
            }
            else if (!_seen[top.Needs.Current])
            {
                Open(top.Needs.Current);
            }
        }

        void Open(int item)
        {
            _seen[item] = true;
            open.Push((item, Needs(item).GetEnumerator()));
        }
    }

    private IEnumerable<int> Needs(int item)
    {
        (DeclarationFacts facts, Statement statement) = _items[item];
        string? own = facts is { Kind: not "AlterTableStmt", Definitions: [{ Part: null } made, ..] } ? made.Name : null;
        IEnumerable<string> names = statement.Relations.Select(r => r.Name).Concat(statement.Types.Select(t => t.Name)).Concat(statement.Calls.Select(c => c.Name));

        // Of its own name, what stands before it: what it replaces. What adds to a domain comes with it, since Postgres refuses that once a column has a type that holds the domain.
        return names.Where(name => name != own).Distinct(StringComparer.Ordinal).SelectMany(Makers)
            .Concat(own is null ? [] : Makers(own).Where(maker => maker < item || facts.Kind == "AlterDomainStmt"))
            .Where(maker => maker != item);
    }

    private List<int> Makers(string name) => _makers.TryGetValue(name, out List<int>? makers) && makers.Count <= MostMakers ? makers : [];
}
