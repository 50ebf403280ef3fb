using System.Collections.Immutable;

namespace Lockplane.Schema.Dsl;

/// <summary>A file of schema definitions, read.</summary>
/// <param name="Name">How messages name it.</param>
/// <param name="Text">Plain Postgres DDL.</param>
public sealed record SchemaFile(string Name, string Text);

/// <summary>One statement of a schema file.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">1-based line of its first token.</param>
/// <param name="Column">1-based column of its first token, in characters.</param>
/// <param name="Sql">The statement, verbatim and without the semicolon.</param>
public sealed record SchemaStatement(string File, int Line, int Column, string Sql)
{
    /// <summary>Postgres's node type of it.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Where it stands, for messages: <c>file:line:column</c>.</summary>
    public string Place => $"{File}:{Line}:{Column}";
}

/// <summary>What schema files say, checked.</summary>
/// <param name="Statements">The statements, in an order in which most find what they need.</param>
/// <param name="Renames">What the files say was called otherwise.</param>
/// <param name="ManagesAllPrivileges">The files describe the privileges of every object, also of those that no statement grants or revokes anything on.</param>
/// <param name="GrantedSchemas">The schemas on which a statement grants or revokes something.</param>
public sealed record SchemaDefinition(
    ImmutableArray<SchemaStatement> Statements, ImmutableArray<RenameDirective> Renames, bool ManagesAllPrivileges, ImmutableHashSet<string> GrantedSchemas);

/// <summary>A directive that says what something was called before.</summary>
/// <param name="Kind">The node that defines it.</param>
/// <param name="Schema">Its schema now, as it is written; null means public, or that it is in none.</param>
/// <param name="Name">Its name now; of a part, the name of what it is part of.</param>
/// <param name="Part">The part's name now.</param>
/// <param name="OldSchema">Its schema before; null when it is the same.</param>
/// <param name="OldName">Its name before; of a part, the part's.</param>
/// <param name="Place">Where the directive stands.</param>
public sealed record RenameDirective(string Kind, string? Schema, string Name, string? Part, string? OldSchema, string OldName, string Place);
