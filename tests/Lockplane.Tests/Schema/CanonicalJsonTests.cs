using System.Text;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Tests.Schema;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("{ \"b\" : 1, \"a\" : [ true , false ] }", "{\"a\":[true,false],\"b\":1}")]
    [InlineData("{\"a\":null,\"b\":\"\\u00e9\\/\"}", "{\"b\":\"é/\"}")]
    [InlineData("\"\\n\\t\\u001f\\\"\\\\\\u007f\"", "\"\\u000a\\u0009\\u001f\\\"\\\\\u007f\"")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("{\"aa\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"aa\":1}")]
    public void Each_value_has_one_form(string json, string canonical) =>
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Of(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public void Keys_are_in_the_order_of_their_bytes_and_not_of_their_utf16_units()
    {
        // U+FF01 is EF BC 81, U+1F600 is F0 9F 98 80; in UTF-16 the second starts with D83D and would come first.
        string canonical = Encoding.UTF8.GetString(CanonicalJson.Of("{\"😀\":1,\"！\":2}"u8.ToArray()));

        Assert.Equal("{\"！\":2,\"😀\":1}", canonical);
        Assert.True(string.CompareOrdinal("😀", "！") < 0);
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("9223372036854775808")]
    [InlineData("[null]")]
    [InlineData("{\"a\":1,\"a\":2}")]
    public void What_has_no_canonical_form_is_refused(string json) =>
        Assert.Throws<FormatException>(() => CanonicalJson.Of(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_hash_covers_its_domain()
    {
        byte[] body = "{}"u8.ToArray();
        ManifestHash[] hashes = [.. Enum.GetValues<HashDomain>().Select(domain => CanonicalHash.Of(domain, body))];

        Assert.Equal(hashes.Length, hashes.Distinct().Count());
        Assert.Equal(Expected("lockplane/object/1\0{}"), CanonicalHash.Of(HashDomain.Object, body).Text);
    }

    [Theory]
    [InlineData("sha256:0123456789ab", true)]
    [InlineData("0123456789ab", true)]
    [InlineData("0123456789a", false)]
    [InlineData("0123456789AB", false)]
    [InlineData("sha256:0123456789ag", false)]
    public void A_prefix_has_twelve_digits_or_more(string text, bool valid)
    {
        Assert.Equal(valid, ManifestHash.IsPrefix(text));
        ManifestHash hash = ManifestHash.Parse("sha256:0123456789ab" + new string('0', 52));
        Assert.Equal(valid, hash.StartsWith(text));
    }

    private static string Expected(string text) =>
        "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
