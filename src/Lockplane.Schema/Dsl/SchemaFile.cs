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
public sealed record SchemaStatement(string File, int Line, int Column, string Sql);
