using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.Foreign;

/// <summary>The doors against signatures that other people's code made: GitHub's own library, and that of Standard Webhooks.</summary>
public sealed class ForeignSignatureTests
{
    private const string Secret = "It's a Secret to Everybody, größer als 64 Zeichen, damit der Schlüssel erst verdichtet werden muss 🔑";
    private static readonly string Token = "whsec_" + Convert.ToBase64String([.. Enumerable.Range(100, 32).Select(number => (byte)number)]);
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static readonly string[] Bodies =
    [
        "{}", "{\"a\": 1}\n", "payload=%7B%7D", "{\"title\":\"größer 🚀 \\u0000 \u2028\"}", "not JSON at all\r\n", new string('x', 200_000),
    ];

    [Fact]
    public async Task What_GitHubs_own_library_signs_opens_the_door_and_nothing_else_does()
    {
        var headers = await SignAsync("@octokit/webhooks", body => new { kind = "github", secret = Secret, body });
        foreach (var (body, signed) in Bodies.Zip(headers))
        {
            Assert.Equal(SignatureCheck.Match, Check("github", signed, body));
            Assert.Equal(SignatureCheck.Mismatch, Check("github", signed, body + " "));
            Assert.Equal(SignatureCheck.Mismatch, Check("github", signed, body, secret: Secret + " "));
        }
    }

    [Fact]
    public async Task What_the_library_of_Standard_Webhooks_signs_opens_GitLabs_door_for_five_minutes()
    {
        var at = Now.ToUnixTimeSeconds();
        var headers = await SignAsync("standardwebhooks", body => new { kind = "standard", secret = Token, body, id = "msg_1", at });
        foreach (var (body, signed) in Bodies.Zip(headers))
        {
            Assert.Equal(SignatureCheck.Match, Check("gitlab", signed, body));
            Assert.Equal(SignatureCheck.Mismatch, Check("gitlab", signed, body + " "));
            Assert.Equal(SignatureCheck.Mismatch, Check("gitlab", signed.SetItem("webhook-id", "msg_2"), body));
            Assert.Equal(SignatureCheck.Stale, Check("gitlab", signed, body, Now.AddMinutes(6)));
        }
    }

    [Fact]
    public async Task What_the_fake_GitHub_signs_is_taken_by_GitHubs_own_library()
    {
        var why = await ForeignCode.WhyNoNodeAsync("@octokit/webhooks");
        Assert.SkipWhen(why is not null, why ?? "");
        var right = Bodies.Select(body => new { kind = "github", secret = Secret, body, headers = Signed(body, Secret) });
        var wrong = Bodies.Select(body => new { kind = "github", secret = Secret, body, headers = Signed(body, "another") });
        var told = await ForeignCode.NodeAsync("signatures.mjs", new { verify = right.Concat(wrong) });
        Assert.Equal(
            [.. Bodies.Select(_ => true), .. Bodies.Select(_ => false)], told.GetProperty("verified").EnumerateArray().Select(one => one.GetBoolean()));
    }

    private static Dictionary<string, string> Signed(string body, string secret) =>
        FakeGitHub.Sign("", "push", Encoding.UTF8.GetBytes(body), secret, "1").Headers.ToDictionary(one => one.Key.ToLowerInvariant(), one => one.Value);

    private static async Task<List<ImmutableDictionary<string, string>>> SignAsync<T>(string package, Func<string, T> ask)
    {
        var why = await ForeignCode.WhyNoNodeAsync(package);
        Assert.SkipWhen(why is not null, why ?? "");
        var told = await ForeignCode.NodeAsync("signatures.mjs", new { sign = Bodies.Select(ask) });
        var signed = told.GetProperty("signed").Deserialize<List<ImmutableDictionary<string, string>>>()!;
        Assert.Equal(Bodies.Length, signed.Count);
        return signed;
    }

    private static SignatureCheck Check(
        string forge, ImmutableDictionary<string, string> headers, string body, DateTimeOffset? at = null, string secret = Secret)
    {
        var connection = new Connection
        {
            Name = new ConnectionName("c"),
            Forge = forge,
            ApiUrl = "https://forge.example.org/api",
            GitUrl = "https://forge.example.org",
            Token = new Secret("t"),
            WebhookSecrets = [new Secret("an older one"), new Secret(secret)],
            SigningTokens = forge == "gitlab" ? [new Secret(Token)] : [],
        };
        return Rooms.Forge(forge).Verify(connection, headers, Encoding.UTF8.GetBytes(body), at ?? Now);
    }
}
