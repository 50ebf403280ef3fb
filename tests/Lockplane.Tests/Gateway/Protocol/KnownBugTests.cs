using Lockplane.Tests.House;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>Bugs that proxies and drivers have had, and the test that would find each here.</summary>
public sealed class KnownBugTests
{
    public static TheoryData<string, string, string> Bugs => new()
    {
        { "CVE-2021-23214, CVE-2021-23222, CVE-2021-3935: bytes before TLS", "HostileClientTests", "A_first_packet_that_is_none" },
        { "CVE-2021-23214, CVE-2021-23222, CVE-2021-3935: bytes before TLS", "StuffingTests", "Bytes_behind_an_SSLRequest_are_fatal_where_TLS_is_on" },
        { "CVE-2025-12819: a parameter of the client in the auth query", "LoginTests", "What_a_client_sets_and_what_others_create_does_not_reach_the_auth_query" },
        { "CVE-2025-2291: roles that may not log in any more", "LoginTests", "What_the_catalog_says_of_a_role_is_honoured" },
        { "CVE-2026-6664: the length of a SASL response", "HostileClientTests", "A_proof_that_is_none" },
        { "CVE-2026-6665: a nonce without end, of a client", "HostileClientTests", "A_proof_that_is_none" },
        { "CVE-2026-6665: a nonce without end, of a server", "HostileServerTests", "A_nonce_of_any_length_is_bounded" },
        { "CVE-2026-6666: ErrorResponse without SQLSTATE at login", "HostileServerTests", "Errors_of_every_shape_refuse_a_login" },
        { "CVE-2026-6666: ErrorResponse without SQLSTATE in a session", "HostileServerTests", "Errors_of_every_shape_pass_and_end_nothing" },
        { "CVE-2026-42198: iterations without end", "HostileServerTests", "A_challenge_that_is_none_or_asks_for_too_much" },
        { "CVE-2024-27304: a length over 4 GB", "HostileClientTests", "A_violation_ends_the_session_after_what_came_before_it" },
        { "CVE-2024-27304: a length over 4 GB, of a server", "HostileServerTests", "In_the_middle_of_a_result" },
        { "CVE-2026-32286, CVE-2026-4427: a negative length of a field", "HostileServerTests", "Fields_of_a_row_are_not_believed" },
        { "CVE-2006-2313, CVE-2006-2314, CVE-2025-1094: other encodings, at start-up", "HostileClientTests", "A_first_packet_that_is_none" },
        { "CVE-2006-2313, CVE-2006-2314, CVE-2025-1094: other encodings, later", "HostileServerTests", "In_an_idle_session" },
        { "CVE-2006-2313, CVE-2006-2314, CVE-2025-1094: other encodings, by SET", "StatementGateTests", "A_bypass_is_refused_with_its_code" },
        { "CVE-2025-46801: let in before the proof was complete", "HostileClientTests", "A_final_message_that_proves_nothing" },
        { "CVE-2025-46801: let in when the query for verifiers fails", "LoginTests", "An_auth_query_that_fails_lets_nobody_in" },
        { "CVE-2024-45624: rows of another user; a session has a server connection of its own", "GatewayTests", "The_context_is_what_reset_and_discard_come_back_to" },
        { "CVE-2024-10976, CVE-2024-10978, CVE-2023-2454: roles that change inside", "StatementGateTests", "A_bypass_is_refused_with_its_code" },
        { "CVE-2023-2454: CREATE SCHEMA with elements", "StatementGateTests", "A_schema_change_in_any_shell_is_seen" },
        { "Neon LKB-2495, pgbouncer 1.18: what a session leaves behind", "GatewayTests", "The_context_is_what_reset_and_discard_come_back_to" },
        { "pgdog: arguments of set_config that are not understood", "StatementGateTests", "A_bypass_is_refused_with_its_code" },
    };

    [Theory, MemberData(nameof(Bugs))]
    public void Each_has_its_test(string bug, string type, string test)
    {
        string? file = Repository.Files(type + ".cs", "tests").SingleOrDefault();
        Assert.True(file is not null, $"{bug}: there is no {type}");
        Assert.True(Repository.Read(file).Contains($" {test}(", StringComparison.Ordinal), $"{bug}: {type} has no {test}");
    }
}
