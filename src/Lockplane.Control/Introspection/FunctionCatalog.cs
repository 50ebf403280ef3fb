using System.Collections.Immutable;

namespace Lockplane.Control.Introspection;

/// <summary>A function outside of pg_catalog, as pg_proc has it; see <see cref="FunctionReader"/>.</summary>
/// <param name="Kind">Postgres's prokind: f, p, a or w.</param>
/// <param name="Definition">What pg_get_functiondef says; null for other languages than SQL and PL/pgSQL, for aggregates, and over the limit.</param>
/// <param name="Source">A symbol of C; empty when it is longer than one.</param>
/// <param name="IsTrigger">Whether it returns trigger or event_trigger.</param>
/// <param name="TakesOne">Whether it can be called with one argument.</param>
/// <param name="TakesRow">Whether that argument can be a row.</param>
/// <param name="Parts">Of an aggregate, its functions that a query could call.</param>
public sealed record FunctionEntry(
    string Schema, string Name, char Kind, string Language, bool IsSecurityDefiner, ImmutableArray<string> Settings, string? Extension, string? Definition, string Source,
    bool IsTrigger, bool TakesOne, bool TakesRow, ImmutableArray<(string Schema, string Name)> Parts);

/// <summary>What calls a function without its name: an operator, or a cast to a type.</summary>
public sealed record FunctionAlias(string Schema, string Name, string FunctionSchema, string Function);

/// <summary>A database's functions, and what else calls one.</summary>
/// <param name="Functions">All outside of pg_catalog.</param>
/// <param name="Operators">All outside of pg_catalog.</param>
/// <param name="Casts">Those by functions outside of pg_catalog, by the type that they make; of an array, the type of its elements.</param>
/// <param name="SettingsViews">The views over pg_settings, which write settings as it does.</param>
/// <param name="BuiltIn">The names of pg_catalog's functions.</param>
/// <param name="Fields">The names of columns, attributes and result columns.</param>
/// <param name="Hash">Differs when anything else does.</param>
public sealed record FunctionCatalog(
    ImmutableArray<FunctionEntry> Functions, ImmutableArray<FunctionAlias> Operators, ImmutableArray<FunctionAlias> Casts, ImmutableArray<(string Schema, string Name)> SettingsViews,
    ImmutableArray<string> BuiltIn, ImmutableArray<string> Fields, string Hash);
