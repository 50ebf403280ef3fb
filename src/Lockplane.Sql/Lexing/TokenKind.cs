namespace Lockplane.Sql.Lexing;

/// <summary>What a token is. The numbers from 259 on are those of Postgres 18's grammar, as the parser's scan gives them.</summary>
internal enum TokenKind
{
    /// <summary>A keyword or a name without quotes.</summary>
    Word = 1,

    /// <summary><c>"name"</c>.</summary>
    QuotedName = 2,

    /// <summary>One byte that stands for itself: a parenthesis, a comma, an operator of one byte that the grammar knows, or what no rule takes.</summary>
    Symbol = 3,

    /// <summary><c>U&amp;"name"</c>.</summary>
    UnicodeName = 259,

    /// <summary>A number that is no <see cref="Integer"/>: with a point or an exponent, or too large for int4.</summary>
    Float = 260,

    /// <summary>A string in quotes, with escapes, or in dollar quotes; adjacent ones on several lines are one.</summary>
    String = 261,

    /// <summary><c>U&amp;'string'</c>.</summary>
    UnicodeString = 262,

    /// <summary><c>B'01'</c>.</summary>
    BitString = 263,

    /// <summary><c>X'ff'</c>.</summary>
    HexString = 264,

    /// <summary>An operator that the grammar does not know by name.</summary>
    Operator = 265,

    /// <summary>A whole number that int4 holds, in any base.</summary>
    Integer = 266,

    /// <summary><c>$1</c>.</summary>
    Parameter = 267,

    /// <summary><c>::</c>.</summary>
    TypeCast = 268,

    /// <summary><c>..</c>, for PL/pgSQL.</summary>
    DotDot = 269,

    /// <summary><c>:=</c>.</summary>
    ColonEquals = 270,

    /// <summary><c>=&gt;</c>.</summary>
    EqualsGreater = 271,

    /// <summary><c>&lt;=</c>.</summary>
    LessEquals = 272,

    /// <summary><c>&gt;=</c>.</summary>
    GreaterEquals = 273,

    /// <summary><c>&lt;&gt;</c> and <c>!=</c>.</summary>
    NotEquals = 274,
}
