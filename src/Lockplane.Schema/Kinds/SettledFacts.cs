using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Facts whose expressions keep their form when they are loaded again.</summary>
internal static class SettledFacts
{
    /// <summary>The facts as they are kept. What a person wrote as text, such as a function's body, is no expression and stays.</summary>
    public static ObjectFacts Of(ObjectFacts facts)
    {
        ObjectFacts settled = facts is RelationFacts relation ? relation with { Columns = ArrayCasts.Settle(relation.Columns) } : facts;
        return settled switch
        {
            ViewFacts view => view with { Definition = ArrayCasts.Settle(view.Definition) },
            MaterializedViewFacts view => view with { Definition = ArrayCasts.Settle(view.Definition) },
            RuleFacts rule => rule with { Definition = ArrayCasts.Settle(rule.Definition) },
            TriggerFacts trigger => trigger with { Definition = ArrayCasts.SettleAny(trigger.Definition) },
            PolicyFacts policy => policy with { Using = ArrayCasts.SettleAny(policy.Using), Check = ArrayCasts.SettleAny(policy.Check) },
            ConstraintFacts constraint => constraint with { Expression = ArrayCasts.SettleAny(constraint.Expression) },
            IndexFacts index => index with { Definition = ArrayCasts.Settle(index.Definition) },
            DomainFacts domain => domain with { Default = ArrayCasts.SettleAny(domain.Default) },
            DomainConstraintFacts constraint => constraint with { Expression = ArrayCasts.Settle(constraint.Expression) },
            FunctionFacts function => function with
            {
                SqlBody = ArrayCasts.SettleAny(function.SqlBody),
                Arguments = function.Arguments.All(a => a.Default is null)
                    ? function.Arguments : function.Arguments.Select(a => a with { Default = ArrayCasts.SettleAny(a.Default) }).ToFactList(),
            },
            StatisticsFacts statistics => statistics with { Definition = ArrayCasts.Settle(statistics.Definition) },
            PublicationFacts { Tables.Count: > 0 } publication => publication with
            {
                Tables = publication.Tables.Select(t => t with { Where = ArrayCasts.SettleAny(t.Where) }).ToFactList(),
            },
            _ => settled,
        };
    }
}
