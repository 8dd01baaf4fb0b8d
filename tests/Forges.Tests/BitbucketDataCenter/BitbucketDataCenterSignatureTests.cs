using System.Text;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.BitbucketDataCenter;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketDataCenter;

public sealed class BitbucketDataCenterSignatureTests
{
    private const string Phrase = "It's a Secret to Everybody";

    /// <summary>Atlassian publishes it for Jira's webhooks, which are signed in the same way.</summary>
    private const string Published = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";

    private readonly IForgeDoor _door = Rooms.Forge(BitbucketDataCenterForge.ForgeName);

    [Fact]
    public void The_published_vector_matches() => Assert.Equal(SignatureCheck.Match, Check(Published, Phrase));

    [Fact]
    public void Every_vector_of_the_reference_material_matches()
    {
        var path = Shared.Locate("fixtures/signature-vectors.json");
        Assert.SkipWhen(path is null, "the reference vectors are not here");
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(path));
        var ours = vectors.RootElement.EnumerateArray()
            .Where(vector => vector.GetProperty("forge").GetString() == "bitbucket-datacenter")
            .ToList();
        Assert.Single(ours);
        foreach (var vector in ours)
        {
            var body = vector.TryGetProperty("bodyFile", out var file)
                ? File.ReadAllBytes(Shared.Locate("fixtures/" + file.GetString())!)
                : Encoding.UTF8.GetBytes(vector.GetProperty("body").GetString()!);
            var (secret, value) = (vector.GetProperty("secret").GetString()!, vector.GetProperty("value").GetString());
            Assert.Equal("X-Hub-Signature", vector.GetProperty("header").GetString());
            Assert.Equal(SignatureCheck.Match, Check(body, value, secret));
            Assert.Equal(SignatureCheck.Mismatch, Check([.. body, (byte)'\n'], value, secret));
        }
    }

    [Theory]
    [InlineData("sha1=a4771c39fbe90f317c7824e83ddef3caae9cb3d9", SignatureCheck.Mismatch)]
    [InlineData("a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9", SignatureCheck.Mismatch)]
    [InlineData("sha256=b4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9", SignatureCheck.Mismatch)]
    [InlineData("sha256=", SignatureCheck.Mismatch)]
    [InlineData("sha256=not hex digits, but just as many characters as there ought to be", SignatureCheck.Mismatch)]
    [InlineData("", SignatureCheck.Missing)]
    [InlineData(null, SignatureCheck.Missing)]
    public void Anything_else_does_not(string? header, SignatureCheck expected) => Assert.Equal(expected, Check(header, Phrase));

    [Fact]
    public void Without_a_secret_nothing_matches()
    {
        // What a caller who guesses that there is no secret would send.
        const string EmptyKeyed = "sha256=0366d43cf5215a646b90008490ca34b5994cc08f173c9e6cdccef82656896592";
        Assert.Equal(SignatureCheck.Mismatch, Check(Published, ""));
        Assert.Equal(SignatureCheck.Mismatch, Check(Published));
        Assert.Equal(SignatureCheck.Mismatch, Check(EmptyKeyed, ""));
    }

    [Fact]
    public void Every_secret_is_tried()
    {
        Assert.Equal(SignatureCheck.Match, Check(Published, Phrase, "the next one"));
        Assert.Equal(SignatureCheck.Match, Check(Published, "the next one", Phrase));
        Assert.Equal(SignatureCheck.Mismatch, Check(Published, "the next one", "another"));
    }

    [Fact]
    public void A_delivery_is_labelled_by_request_and_event_key()
    {
        var headers = new Dictionary<string, string> { ["x-request-id"] = "one", ["x-event-key"] = "repo:refs_changed" };
        Assert.Equal(new("one", "repo:refs_changed"), _door.Label(headers));
    }

    [Theory]
    [InlineData("x-event-key", "repo:refs_changed")]
    [InlineData("x-request-id", "one")]
    [InlineData("x-request-uuid", "one", "x-event-key", "repo:push")]
    [InlineData("x-request-id", "", "x-event-key", "pr:opened")]
    public void A_call_without_them_is_malformed(params string[] headers) =>
        Assert.Null(_door.Label(headers.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1])));

    private SignatureCheck Check(string? header, params string[] secrets) => Check("Hello World!"u8.ToArray(), header, secrets);

    private SignatureCheck Check(byte[] body, string? header, params string[] secrets)
    {
        var connection = new Connection
        {
            Name = ReadingText.Connection,
            Forge = "bitbucket-datacenter",
            ApiUrl = "https://bitbucket.example.com/rest",
            GitUrl = "https://bitbucket.example.com/scm",
            Token = new Secret("token"),
            WebhookSecrets = [.. secrets.Select(secret => new Secret(secret))],
        };
        var headers = new Dictionary<string, string>();
        if (header is not null) headers["x-hub-signature"] = header;
        return _door.Verify(connection, headers, body, DateTimeOffset.UnixEpoch);
    }
}
