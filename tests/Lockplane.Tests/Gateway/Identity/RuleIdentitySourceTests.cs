using System.Collections.Immutable;
using Lockplane.Gateway.Identity;
using Lockplane.Sql.Errors;

namespace Lockplane.Tests.Gateway.Identity;

public sealed class RuleIdentitySourceTests
{
    private static readonly RuleIdentitySource Source = new(
    [
        new IdentityRule { User = "acme", TenantId = "t1", UserId = "u1" },
        new IdentityRule { Claims = [new("app.tenant_id", "tid"), new("app.user_id", "sub")] },
    ], "app.");

    private static SessionContext? Find(string user, params string[] claims) => Source.Find(new LoginFacts(user, "shop",
        claims.Chunk(2).ToImmutableDictionary(pair => pair[0], pair => pair[1])));

    [Fact]
    public void A_role_has_fixed_values() => Assert.Equal([new("app.tenant_id", "t1"), new("app.user_id", "u1")], Find("acme")!.Settings);

    [Fact]
    public void A_token_gives_the_claims_that_the_rule_names() =>
        Assert.Equal([new("app.tenant_id", "t9"), new("app.user_id", "u9")], Find("any", "sub", "u9", "tid", "t9", "extra", "x")!.Settings);

    [Theory]
    [InlineData("tid", "t9")]
    [InlineData("tid", "", "sub", "u9")]
    [InlineData("tid", " ", "sub", "u9")]
    [InlineData("tid", "a\0b", "sub", "u9")]
    [InlineData("TID", "t9", "sub", "u9")]
    public void A_claim_that_is_missing_or_empty_is_no_identity(params string[] claims) => Assert.Null(Find("any", claims));

    [Fact]
    public void Nothing_is_known_of_another_role() => Assert.Null(Find("globex"));

    public static TheoryData<IdentityRule> Useless =>
    [
        new IdentityRule { User = "a" },
        new IdentityRule { User = "", TenantId = "t" },
        new IdentityRule { User = "a", TenantId = "" },
        new IdentityRule { User = "a", TenantId = "t", Claims = [new("app.tenant_id", "tid")] },
        new IdentityRule { Claims = [new("role", "tid")] },
        new IdentityRule { Claims = [new("app.", "tid")] },
        new IdentityRule { Claims = [new("app.a", "tid"), new("APP.A", "sub")] },
        new IdentityRule { Claims = [new("app.a", "")] },
    ];

    [Theory]
    [MemberData(nameof(Useless))]
    public void A_rule_that_cannot_work_is_refused(IdentityRule rule) =>
        Assert.Equal(ErrorCodes.Configuration, Assert.Throws<LockplaneException>(() => rule.Validate("app.")).Code);
}
