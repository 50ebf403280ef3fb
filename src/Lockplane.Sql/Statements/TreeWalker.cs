using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Lockplane.Sql.Statements;

/// <summary>
/// Walks a tree's JSON once, without recursion (a tree may be ten thousand levels deep), and hands each node to a <see cref="FactCollector"/> when it ends.
/// Shape: a node is either named, <c>{"A_Const":{...}}</c>, or bare, when its field says the type (<see cref="NodeFields"/>). Fields never start with a capital.
/// </summary>
internal static class TreeWalker
{
    /// <summary>The most nodes that a text may have: a list of half a million numbers. It bounds what a text may cost after its parse.</summary>
    public const int MostNodes = 1_000_000;

    /// <summary>The statements; the default array when the tree has more than <see cref="MostNodes"/>.</summary>
    public static ImmutableArray<Statement> Read(ReadOnlySpan<byte> json, int textLength)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        FactCollector collector = new(textLength);
        List<TreeFrame> frames = new();
        int depth = 0, nodes = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    if (++nodes > MostNodes)
                    {
                        return default;
                    }

                    Open(ref reader, frames, ref depth, collector);
                    break;
                case JsonTokenType.PropertyName:
                    frames[depth - 1].Field = NodeNames.Of(reader.ValueSpan);
                    break;
                case JsonTokenType.EndObject:
                    Close(ref reader, frames, ref depth, collector);
                    break;
                case JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                    ReadScalar(ref reader, frames[depth - 1], collector);
                    break;
                default:
                    break;
            }
        }

        return depth == 0 ? collector.Statements() : throw Unknown("an unfinished tree");
    }

    private static void Open(ref Utf8JsonReader reader, List<TreeFrame> frames, ref int depth, FactCollector collector)
    {
        TreeFrame? parent = depth == 0 ? null : frames[depth - 1];
        if (!reader.Read())
        {
            throw Unknown("an unfinished object");
        }

        if (reader.TokenType == JsonTokenType.EndObject)
        {
            FactCollector.Empty(parent);
            return;
        }

        string name = NodeNames.Of(reader.ValueSpan);
        TreeFrame frame = Push(frames, ref depth);
        if (name[0] is >= 'A' and <= 'Z')
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw Unknown("a node without an object");
            }

            frame.Open(name, isNamed: true);
        }
        else
        {
            frame.Open(parent is null ? "ParseResult" : NodeFields.TypeOf(parent.Type, parent.Field), isNamed: false);
            frame.Field = name;
        }

        collector.Enter(frame, parent);
    }

    private static void Close(ref Utf8JsonReader reader, List<TreeFrame> frames, ref int depth, FactCollector collector)
    {
        if (depth == 0)
        {
            throw Unknown("too many ends");
        }

        TreeFrame frame = frames[--depth];
        if (frame.IsNamed && (!reader.Read() || reader.TokenType != JsonTokenType.EndObject))
        {
            throw Unknown("a node with two types");
        }

        collector.Leave(frame, depth == 0 ? null : frames[depth - 1]);
    }

    private static TreeFrame Push(List<TreeFrame> frames, ref int depth)
    {
        if (depth == frames.Count)
        {
            frames.Add(new TreeFrame());
        }

        return frames[depth++];
    }

    private static void ReadScalar(ref Utf8JsonReader reader, TreeFrame frame, FactCollector collector)
    {
        switch (frame.Field)
        {
            case "location" or "stmt_location":
                frame.Location = reader.GetInt32();
                if (frame.Location >= 0)
                {
                    collector.LastLocation = frame.Location;
                }

                break;
            case "stmt_len":
                frame.Length = reader.GetInt32();
                break;
            case "sval" or "aliasname" or "colname" or "schemaname" or "relname" or "name" or "filename" or "fval" or "bsval" or "catalogname" or "defname":
                frame.SetText(frame.Field, reader.GetString()!);
                break;
            case "kind" or "op" or "subLinkType" or "objtype" or "objectType" or "removeType" or "renameType" or "relationType":
                if (reader.TokenType == JsonTokenType.String)
                {
                    frame.SetText(frame.Field, NodeNames.Of(reader.ValueSpan));
                }

                break;
            case "is_local" or "is_from" or "is_program" or "is_grant" or "is_procedure" or "is_select_into" or "boolval" or "isnull":
                frame.SetText(frame.Field, reader.TokenType == JsonTokenType.True ? "true" : "false");
                break;
            case "ival":
                frame.SetText(frame.Field, reader.GetInt32().ToString(CultureInfo.InvariantCulture));
                break;
            default:
                break;
        }
    }

    private static InvalidDataException Unknown(string what) => new($"The parser's tree has a shape that is not known: {what}.");
}
