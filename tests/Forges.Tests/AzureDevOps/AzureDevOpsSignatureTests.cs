using System.Text;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.AzureDevOps;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

public sealed class AzureDevOpsSignatureTests
{
    private readonly IForge _door = Rooms.Forge(AzureDevOpsForge.ForgeName);

    /// <summary>The examples of RFC 7617, sections 2 and 2.1.</summary>
    [Theory]
    [InlineData("open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]
    [InlineData("123£", "Basic dGVzdDoxMjPCow==")]
    public void The_published_examples_match(string secret, string header) =>
        Assert.Equal(SignatureCheck.Match, Check(header, secret));

    [Fact]
    public void The_reference_material_has_no_vector_since_nothing_is_signed()
    {
        var path = Shared.Locate("fixtures/signature-vectors.json");
        Assert.SkipWhen(path is null, "the reference vectors are not here");
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(path));
        Assert.DoesNotContain(
            vectors.RootElement.EnumerateArray(),
            vector => vector.GetProperty("forge").GetString()!.StartsWith("azure", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gate:secret")]
    [InlineData("somebody else:secret")]
    [InlineData(":secret")]
    public void The_user_name_is_not_looked_at(string pair) => Assert.Equal(SignatureCheck.Match, Check(Basic(pair), "secret"));

    [Theory]
    [InlineData("first")]
    [InlineData("second")]
    [InlineData("with:colons:")]
    public void Every_secret_is_tried(string password) =>
        Assert.Equal(SignatureCheck.Match, Check(Basic("gate:" + password), "first", "second", "with:colons:"));

    [Theory]
    [InlineData("basic Z2F0ZTpzZWNyZXQ=")]
    [InlineData("BASIC  Z2F0ZTpzZWNyZXQ=")]
    public void The_scheme_is_written_in_either_case(string header) => Assert.Equal(SignatureCheck.Match, Check(header, "secret"));

    [Theory]
    [InlineData("Basic Z2F0ZTpTZWNyZXQ=", SignatureCheck.Mismatch)]
    [InlineData("Basic c2VjcmV0", SignatureCheck.Mismatch)]
    [InlineData("Basic Z2F0ZTo=", SignatureCheck.Mismatch)]
    [InlineData("Basic Z2F0ZTpzZWNyZXQ=,Basic Z2F0ZTpzZWNyZXQ=", SignatureCheck.Mismatch)]
    [InlineData("Basic secret", SignatureCheck.Mismatch)]
    [InlineData("Basic ", SignatureCheck.Mismatch)]
    [InlineData("Basic", SignatureCheck.Mismatch)]
    [InlineData("Bearer secret", SignatureCheck.Mismatch)]
    [InlineData("secret", SignatureCheck.Mismatch)]
    [InlineData("", SignatureCheck.Missing)]
    [InlineData(null, SignatureCheck.Missing)]
    public void Anything_else_does_not(string? header, SignatureCheck expected) => Assert.Equal(expected, Check(header, "secret"));

    [Fact]
    public void Broken_bytes_are_not_taken_for_a_replacement_character()
    {
        var broken = "Basic " + Convert.ToBase64String([.. "gate:"u8, 0xFF]);
        Assert.Equal(SignatureCheck.Mismatch, Check(broken, "\uFFFD"));
        Assert.Equal(SignatureCheck.Match, Check(Basic("gate:\uFFFD"), "\uFFFD"));
    }

    [Theory]
    [InlineData("gate:")]
    [InlineData("gate:secret")]
    public void Without_a_secret_nothing_matches(string pair)
    {
        Assert.Equal(SignatureCheck.Mismatch, Check(Basic(pair)));
        Assert.Equal(SignatureCheck.Mismatch, Check(Basic(pair), ""));
    }

    [Theory]
    [InlineData("x-vss-activityid")]
    [InlineData("request-id")]
    [InlineData("x-request-id")]
    [InlineData("x-github-delivery")]
    public void No_header_names_a_delivery(string name)
    {
        var headers = new Dictionary<string, string>
        {
            [name] = "one",
            ["x-vss-subscriptionid"] = "two",
            ["x-github-event"] = "push",
        };
        Assert.Null(_door.Label(headers));
    }

    private static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));

    private SignatureCheck Check(string? header, params string[] secrets)
    {
        var connection = new Connection
        {
            Name = ReadingText.Connection,
            Forge = AzureDevOpsForge.ForgeName,
            ApiUrl = "https://dev.azure.com/acme",
            GitUrl = "https://dev.azure.com/acme",
            Token = new Secret("token"),
            WebhookSecrets = [.. secrets.Select(secret => new Secret(secret))],
        };
        var headers = new Dictionary<string, string>();
        if (header is not null) headers["authorization"] = header;
        return _door.Verify(connection, headers, "{}"u8, DateTimeOffset.UnixEpoch);
    }
}
