using System.Text.RegularExpressions;
using Lockplane.Schema.Dsl;
using Lockplane.Sql.Errors;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.House;

/// <summary>What the page of schema files shows is what the reader of schema files takes and refuses.</summary>
public sealed partial class SchemaFilePageTests
{
    private static readonly string Page = Repository.Read("docs/schema-files.md");

    public static TheoryData<string, string> Examples
    {
        get
        {
            TheoryData<string, string> examples = [];
            foreach (Match block in Blocks().Matches(Page))
            {
                examples.Add(block.Groups["code"].Value, block.Groups["sql"].Value);
            }

            return examples;
        }
    }

    [Theory, MemberData(nameof(Examples))]
    public void An_example_is_taken_or_refused_as_the_page_says(string code, string sql)
    {
        SchemaFileReader reader = new(TestParser.Shared);
        if (code.Length == 0)
        {
            Assert.NotEmpty(reader.Read([new SchemaFile("schema.sql", sql)]).Statements);
        }
        else
        {
            Assert.Equal(code, Assert.Throws<LockplaneException>(() => reader.Read([new SchemaFile("schema.sql", sql)])).Code.Code);
        }
    }

    [GeneratedRegex(@"```sql( refused (?<code>\w+))?\n(?<sql>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
