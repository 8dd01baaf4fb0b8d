using System.Text;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.Gitea;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.Gitea;

public sealed class GiteaSignatureTests
{
    private const string Secret = "It's a Secret to Everybody";
    private const string Body = "Hello, World!";

    // The digest that GitHub publishes for this secret and this body; Gitea writes it without a prefix.
    private const string Digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    private readonly IForge _door = Rooms.Forge(GiteaForge.ForgeName);

    [Theory]
    [InlineData("x-gitea-signature")]
    [InlineData("x-forgejo-signature")]
    public void The_signature_of_either_forge_matches(string header) =>
        Assert.Equal(SignatureCheck.Match, Check([Secret], Body, (header, Digest)));

    [Fact]
    public void Every_vector_of_the_reference_material_matches()
    {
        var path = Shared.Locate("fixtures/signature-vectors.json");
        Assert.SkipWhen(path is null, "the reference vectors are not here");
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(path));
        var ours = vectors.RootElement.EnumerateArray()
            .Where(vector => vector.GetProperty("forge").GetString() == "gitea/forgejo")
            .ToList();
        Assert.Single(ours);
        foreach (var vector in ours)
        {
            var (secret, body) = (vector.GetProperty("secret").GetString()!, vector.GetProperty("body").GetString()!);
            var value = vector.GetProperty("value").GetString()!;
            Assert.Equal(SignatureCheck.Match, Check([secret], body, ("x-gitea-signature", value)));
            Assert.Equal(SignatureCheck.Match, Check([secret], body, ("x-forgejo-signature", value)));
        }
    }

    [Theory]
    [InlineData("sha256=" + Digest, SignatureCheck.Mismatch)]
    [InlineData("857107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", SignatureCheck.Mismatch)]
    [InlineData("757107ea0eb2509fc211221cce984b8a37570b6d", SignatureCheck.Mismatch)]
    [InlineData(Digest + "," + Digest, SignatureCheck.Mismatch)]
    [InlineData("zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", SignatureCheck.Mismatch)]
    [InlineData("", SignatureCheck.Missing)]
    public void Anything_else_does_not(string value, SignatureCheck expected)
    {
        Assert.Equal(expected, Check([Secret], Body, ("x-gitea-signature", value)));
        Assert.Equal(expected, Check([Secret], Body, ("x-forgejo-signature", value)));
    }

    [Fact]
    public void Another_body_does_not() =>
        Assert.Equal(SignatureCheck.Mismatch, Check([Secret], "Hello, World?", ("x-gitea-signature", Digest)));

    [Fact]
    public void The_headers_of_other_forges_are_no_signature() =>
        Assert.Equal(
            SignatureCheck.Missing,
            Check([Secret], Body, ("x-hub-signature-256", "sha256=" + Digest), ("x-gogs-signature", Digest), ("x-gitea-signature", "")));

    [Fact]
    public void Forgejos_header_does_not_mend_a_wrong_one_of_Gitea() =>
        Assert.Equal(
            SignatureCheck.Mismatch,
            Check([Secret], Body, ("x-gitea-signature", new string('0', 64)), ("x-forgejo-signature", Digest)));

    [Fact]
    public void Every_secret_of_the_connection_is_tried() =>
        Assert.Equal(SignatureCheck.Match, Check(["the next one", Secret], Body, ("x-gitea-signature", Digest)));

    [Fact]
    public void Without_a_secret_nothing_matches()
    {
        // What somebody would send who guesses that the secret is empty.
        const string Empty = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
        Assert.Equal(SignatureCheck.Mismatch, Check([""], "", ("x-gitea-signature", Empty)));
        Assert.Equal(SignatureCheck.Mismatch, Check([], Body, ("x-gitea-signature", Digest)));
        Assert.Equal(SignatureCheck.Missing, Check([], Body, ("x-gitea-signature", "")));
    }

    [Theory]
    [InlineData("pull_request", "pull_request_sync", "pull_request_sync")]
    [InlineData("pull_request", "", "pull_request")]
    [InlineData("pull_request", null, "pull_request")]
    [InlineData("", "status", "status")]
    [InlineData("", "", null)]
    [InlineData(null, null, null)]
    public void A_delivery_is_labelled_by_its_most_precise_event(string? name, string? type, string? expected)
    {
        foreach (var forge in (string[])["gitea", "forgejo"])
        {
            var headers = new Dictionary<string, string> { [$"x-{forge}-delivery"] = "one" };
            if (name is not null) headers[$"x-{forge}-event"] = name;
            if (type is not null) headers[$"x-{forge}-event-type"] = type;
            var label = _door.Label(headers);
            Assert.Equal(expected, label?.Event);
            if (label is not null) Assert.Equal("one", label.ForgeId);
        }
    }

    [Fact]
    public void A_delivery_without_an_id_or_with_the_names_of_other_forges_alone_has_no_label()
    {
        Assert.Null(_door.Label(new Dictionary<string, string> { ["x-gitea-event"] = "push", ["x-gitea-event-type"] = "push" }));
        Assert.Null(_door.Label(new Dictionary<string, string> { ["x-gitea-event"] = "push", ["x-gitea-delivery"] = "" }));
        Assert.Null(_door.Label(new Dictionary<string, string> { ["x-github-event"] = "push", ["x-github-delivery"] = "one" }));
    }

    private SignatureCheck Check(string[] secrets, string body, params (string Name, string Value)[] headers)
    {
        var connection = new Connection
        {
            Name = ReadingText.Connection,
            Forge = "gitea",
            ApiUrl = "https://git.example/api/v1",
            GitUrl = "https://git.example",
            Token = new Secret("token"),
            WebhookSecrets = [.. secrets.Select(secret => new Secret(secret))],
        };
        var sent = headers.ToDictionary(header => header.Name, header => header.Value);
        return _door.Verify(connection, sent, Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch);
    }
}
