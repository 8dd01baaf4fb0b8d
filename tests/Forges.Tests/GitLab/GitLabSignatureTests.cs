using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.GitLab;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitLab;

public sealed class GitLabSignatureTests
{
    private const string Token = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Body = "{\"test\": 2432232314}";
    private static readonly DateTimeOffset SignedAt = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    private static readonly ImmutableDictionary<string, string> Signed = new Dictionary<string, string>
    {
        ["webhook-id"] = "msg_p5jXN8AQM9LWM0D4loKWxJek",
        ["webhook-timestamp"] = "1614265330",
        ["webhook-signature"] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }.ToImmutableDictionary();

    private readonly GitLabForge _forge = new(null!);

    [Fact]
    public void A_signed_delivery_matches() => Assert.Equal(SignatureCheck.Match, Check(Signing(Token), Signed));

    [Fact]
    public void Every_vector_of_the_reference_material_matches()
    {
        var path = Shared.Locate("fixtures/signature-vectors.json");
        Assert.SkipWhen(path is null, "the reference vectors are not here");
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(path));
        var ours = vectors.RootElement.EnumerateArray()
            .Where(vector => vector.GetProperty("forge").GetString() == "gitlab")
            .ToList();
        Assert.Equal(2, ours.Count);
        foreach (var vector in ours)
        {
            var headers = vector.GetProperty("headers").EnumerateObject()
                .ToImmutableDictionary(header => header.Name, header => header.Value.GetString()!);
            var now = DateTimeOffset.FromUnixTimeSeconds(long.Parse(headers["webhook-timestamp"], CultureInfo.InvariantCulture));
            var connection = Signing(vector.GetProperty("secret").GetString()!);
            Assert.Equal(
                SignatureCheck.Match,
                _forge.Verify(connection, headers, Encoding.UTF8.GetBytes(vector.GetProperty("body").GetString()!), now));
        }
    }

    [Theory]
    [InlineData(300, SignatureCheck.Match)]
    [InlineData(-300, SignatureCheck.Match)]
    [InlineData(301, SignatureCheck.Stale)]
    [InlineData(-301, SignatureCheck.Stale)]
    public void A_signed_timestamp_may_be_five_minutes_off(int seconds, SignatureCheck expected) =>
        Assert.Equal(expected, Check(Signing(Token), Signed, SignedAt.AddSeconds(seconds)));

    [Theory]
    [InlineData("webhook-id", "msg_other")]
    [InlineData("webhook-timestamp", "1614265331")]
    [InlineData("webhook-signature", "v1,AAAA")]
    [InlineData("webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("webhook-signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    public void A_changed_header_does_not_match(string name, string value) =>
        Assert.Equal(SignatureCheck.Mismatch, Check(Signing(Token), Signed.SetItem(name, value)));

    [Fact]
    public void One_right_signature_among_several_is_enough()
    {
        var two = Signed.SetItem("webhook-signature", "v1,AAAA " + Signed["webhook-signature"]);
        Assert.Equal(SignatureCheck.Match, Check(Signing("whsec_b2xkZXI=", Token), two));
    }

    [Fact]
    public void A_plain_token_does_not_open_a_connection_that_asks_for_signatures() =>
        Assert.Equal(
            SignatureCheck.Missing,
            Check(Signing(Token), ImmutableDictionary<string, string>.Empty.Add("x-gitlab-token", "plain")));

    [Theory]
    [InlineData("plain", SignatureCheck.Match)]
    [InlineData("older", SignatureCheck.Match)]
    [InlineData("Plain", SignatureCheck.Mismatch)]
    [InlineData("plain ", SignatureCheck.Mismatch)]
    [InlineData("", SignatureCheck.Missing)]
    public void A_plain_token_is_compared_with_every_secret(string token, SignatureCheck expected) =>
        Assert.Equal(
            expected, Check(Plain("plain", "older"), ImmutableDictionary<string, string>.Empty.Add("x-gitlab-token", token)));

    [Fact]
    public void Without_a_secret_nothing_matches() =>
        Assert.Equal(
            SignatureCheck.Mismatch, Check(Plain(), ImmutableDictionary<string, string>.Empty.Add("x-gitlab-token", "plain")));

    [Fact]
    public void The_id_of_a_delivery_is_the_one_that_stays_when_it_is_sent_again()
    {
        var headers = new Dictionary<string, string> { ["x-gitlab-event"] = "Push Hook", ["x-gitlab-event-uuid"] = "event" };
        Assert.Equal("event", _forge.Label(headers)!.ForgeId);
        headers["idempotency-key"] = "key";
        Assert.Equal("key", _forge.Label(headers)!.ForgeId);
        headers["webhook-id"] = "id";
        Assert.Equal("id", _forge.Label(headers)!.ForgeId);
        Assert.Equal("Push Hook", _forge.Label(headers)!.Event);
        headers.Remove("x-gitlab-event");
        Assert.Null(_forge.Label(headers));
    }

    private static Connection Plain(params string[] secrets) => new()
    {
        Name = ReadingText.Connection,
        Forge = "gitlab",
        ApiUrl = "https://gitlab.example.org/api/v4",
        GitUrl = "https://gitlab.example.org",
        Token = new Secret("token"),
        WebhookSecrets = [.. secrets.Select(secret => new Secret(secret))],
    };

    private static Connection Signing(params string[] tokens) =>
        Plain("plain") with { SigningTokens = [.. tokens.Select(token => new Secret(token))] };

    private SignatureCheck Check(
        Connection connection, ImmutableDictionary<string, string> headers, DateTimeOffset? now = null) =>
        _forge.Verify(connection, headers, Encoding.UTF8.GetBytes(Body), now ?? SignedAt);
}
