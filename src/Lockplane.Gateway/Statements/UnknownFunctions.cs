using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>Judges names while nothing is known of the database: only functions of pg_catalog that are allowed pass, and those that are named in <c>allow_functions</c>.</summary>
internal sealed class UnknownFunctions(Profile profile) : IFunctionJudge
{
    public Finding? Judge(FunctionUse use)
    {
        bool passes = use.Form switch
        {
            // Which of the database's functions take a row is not known; that one of them bears a column's name is unlikely, and every column would be refused.
            UseForm.Column or UseForm.Type => true,
            // Nor is the server's major, which is to say whether it is a call at all; what stands in the catalog of every major by this name passes.
            UseForm.Grammar => profile.AllowsFunction(null, use.Name),
            UseForm.Field => profile.AllowsField(use.Name),
            UseForm.Operator => use.Schema is null or "pg_catalog",
            // What set_config writes was judged by its arguments.
            _ => profile.AllowsFunction(use.Schema, use.Name) || use is { Form: UseForm.Call, Schema: null or "pg_catalog", Name: "set_config" },
        };
        return passes ? null : FunctionRules.Refused(use, profile);
    }

    public Finding? Judge(BodyFact body) => new("LP310", $"DO is not in profile {profile.Name}", "What it calls cannot be judged: the functions of this database are not known at the moment.",
        "Send the statements themselves, or try again when the gateway has read the database's catalog.", body.Location, "DoStmt");

    // Not known without facts; then what is left is that the role has no EXECUTE on set_config (see docs/hardening.md).
    public bool IsSettingsView(string? schema, string name) => false;
}
