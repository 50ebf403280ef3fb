namespace Lockplane.Sql.Statements;

/// <summary>A node that is being read: what its own fields and its direct children have said so far. Reused for all nodes at one depth.</summary>
internal sealed class TreeFrame
{
    private readonly List<(string Field, string Value)> _texts = [];

    /// <summary>The node's type.</summary>
    public string Type { get; private set; } = "";

    /// <summary>True when the tree named the type: the object around it ends after it.</summary>
    public bool IsNamed { get; private set; }

    /// <summary>The field that is being read.</summary>
    public string Field { get; set; } = "";

    /// <summary>The node's location; 0 when the tree leaves it out, -1 when Postgres does not know it.</summary>
    public int Location { get; set; }

    /// <summary>Of a RawStmt; 0 means to the end.</summary>
    public int Length { get; set; }

    /// <summary>Names in lists (funcname, fields, names ...), each with its field.</summary>
    public List<(string Field, string Value)> Names { get; } = [];

    /// <summary>The constants among the direct children of field <c>args</c>, null for anything else.</summary>
    public List<string?> Arguments { get; } = [];

    /// <summary>Where the first relation fact of this node's <c>relation</c> stands in the collector's list; -1 for none.</summary>
    public int RelationIndex { get; set; }

    /// <summary>Where option AS of DO or CREATE FUNCTION stands.</summary>
    public int BodyLocation { get; set; }

    public void Open(string type, bool isNamed)
    {
        Type = type;
        IsNamed = isNamed;
        Field = "";
        Location = 0;
        Length = 0;
        RelationIndex = -1;
        BodyLocation = 0;
        _texts.Clear();
        Names.Clear();
        Arguments.Clear();
    }

    /// <summary>Keeps a scalar of the node, or replaces it.</summary>
    public void SetText(string field, string value)
    {
        for (int n = 0; n < _texts.Count; n++)
        {
            if (_texts[n].Field == field)
            {
                _texts[n] = (field, value);
                return;
            }
        }

        _texts.Add((field, value));
    }

    /// <summary>A scalar of the node; null when the tree leaves it out.</summary>
    public string? Text(string field)
    {
        foreach ((string name, string value) in _texts)
        {
            if (name == field)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>True when a flag of the node is set.</summary>
    public bool Flag(string field) => Text(field) == "true";

    /// <summary>The names in one list, joined to a qualifier and the last name; null when the list is empty.</summary>
    public (string? Qualifier, string Name)? QualifiedName(string field)
    {
        // Joined once: a hostile name has a hundred thousand parts.
        string[] parts = [.. Names.Where(name => name.Field == field).Select(name => name.Value)];
        return parts.Length == 0 ? null : (parts.Length == 1 ? null : string.Join('.', parts[..^1]), parts[^1]);
    }
}
