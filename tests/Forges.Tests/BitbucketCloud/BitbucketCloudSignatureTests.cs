using System.Text;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.BitbucketCloud;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketCloud;

public sealed class BitbucketCloudSignatureTests
{
    private const string Published = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";

    private readonly BitbucketCloudForge _forge = new(null!);

    [Fact]
    public void The_published_vector_matches() =>
        Assert.Equal(SignatureCheck.Match, Check("It's a Secret to Everybody", "Hello World!"u8.ToArray(), Published));

    [Fact]
    public void Every_vector_of_the_reference_material_matches()
    {
        var path = Shared.Locate("fixtures/signature-vectors.json");
        Assert.SkipWhen(path is null, "the reference vectors are not here");
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(path));
        var ours = vectors.RootElement.EnumerateArray()
            .Where(vector => vector.GetProperty("forge").GetString() == "bitbucket-cloud")
            .ToList();
        Assert.Equal(2, ours.Count);
        foreach (var vector in ours)
        {
            var body = vector.TryGetProperty("bodyFile", out var file)
                ? File.ReadAllBytes(Shared.Locate("fixtures/" + file.GetString())!)
                : Encoding.UTF8.GetBytes(vector.GetProperty("body").GetString()!);
            var secret = vector.GetProperty("secret").GetString()!;
            Assert.Equal(SignatureCheck.Match, Check(secret, body, vector.GetProperty("value").GetString()));
        }
    }

    [Theory]
    [InlineData("sha1=a4771c39fbe90f317c7824e83ddef3caae9cb3d9", SignatureCheck.Mismatch)]
    [InlineData("a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9", SignatureCheck.Mismatch)]
    [InlineData("sha256=b4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9", SignatureCheck.Mismatch)]
    [InlineData("", SignatureCheck.Missing)]
    [InlineData(null, SignatureCheck.Missing)]
    public void Anything_else_does_not(string? header, SignatureCheck expected) =>
        Assert.Equal(expected, Check("It's a Secret to Everybody", "Hello World!"u8.ToArray(), header));

    [Fact]
    public void Without_a_secret_nothing_matches() =>
        Assert.Equal(SignatureCheck.Mismatch, Check("", "Hello World!"u8.ToArray(), Published));

    [Fact]
    public void A_delivery_is_labelled_by_request_and_event_key()
    {
        var headers = new Dictionary<string, string> { ["x-request-uuid"] = "one", ["x-event-key"] = "repo:push" };
        Assert.Equal(("one", "repo:push"), (_forge.Label(headers)!.ForgeId, _forge.Label(headers)!.Event));
        headers.Remove("x-request-uuid");
        Assert.Null(_forge.Label(headers));
    }

    private SignatureCheck Check(string secret, byte[] body, string? header)
    {
        var connection = new Connection
        {
            Name = ReadingText.Connection,
            Forge = "bitbucket-cloud",
            ApiUrl = "https://api.bitbucket.org/2.0",
            GitUrl = "https://bitbucket.org",
            Token = new Secret("token"),
            WebhookSecrets = [new Secret(secret)],
        };
        var headers = new Dictionary<string, string>();
        if (header is not null) headers["x-hub-signature"] = header;
        return _forge.Verify(connection, headers, body, DateTimeOffset.UnixEpoch);
    }
}
