using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>The stand-in lets apps in as GitHub does: by a JWT of their own key, for ten minutes, and by tokens for an hour.</summary>
public sealed class FakeGitHubAppTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ManualTimeProvider _clock = new(Start);
    private readonly HttpClient _client = new(new SocketsHttpHandler());
    private GitHubStage _stage = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _stage = await GitHubStage.SetAsync(fakeClock: _clock);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _stage.DisposeAsync();
    }

    [Fact]
    public async Task A_jwt_is_exchanged_for_a_token_that_ends_after_an_hour()
    {
        var (created, body) = await AskAsync(
            HttpMethod.Post, $"/app/installations/{_stage.App.InstallationId}/access_tokens", Jwt(_stage.App.ClientId, Start));
        Assert.Equal(HttpStatusCode.Created, created);
        var token = body.GetProperty("token").GetString()!;
        Assert.StartsWith("ghs_", token, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(HttpMethod.Get, "/repos/acme/shop", token)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(HttpMethod.Get, "/user", token)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(HttpMethod.Get, "/app", token)).Status);
        _clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(HttpMethod.Get, "/repos/acme/shop", token)).Status);
    }

    [Fact]
    public async Task A_jwt_of_another_key_another_app_or_another_time_is_refused()
    {
        var (app, right) = (_stage.App, Jwt(_stage.App.ClientId, Start));
        Assert.Equal(HttpStatusCode.OK, await AsAppAsync(right));
        Assert.Equal(HttpStatusCode.OK, await AsAppAsync(Jwt($"{app.Id}", Start)));
        using var other = RSA.Create(2048);
        string[] wrong =
        [
            Jwt("another", Start), Jwt(app.ClientId, Start.AddMinutes(-15)), Jwt(app.ClientId, Start.AddMinutes(15)),
            Jwt(app.ClientId, Start, other.ExportPkcs8PrivateKeyPem()), right[..^4] + "AAAA", _stage.AsAccount.Token.Reveal(),
        ];
        foreach (var bearer in wrong) Assert.Equal(HttpStatusCode.Unauthorized, await AsAppAsync(bearer));
    }

    [Fact]
    public async Task A_check_run_is_taken_from_apps_alone()
    {
        var (status, _) = await AskAsync(HttpMethod.Post, "/repos/acme/shop/check-runs", _stage.AsAccount.Token.Reveal());
        Assert.Equal(HttpStatusCode.Forbidden, status);
    }

    private string Jwt(string issuer, DateTimeOffset now, string? key = null)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(key ?? _stage.AsApp.App!.PrivateKey.Reveal());
        var claims = JsonSerializer.Serialize(new { iat = now.ToUnixTimeSeconds(), exp = now.ToUnixTimeSeconds() + 300, iss = issuer });
        var signed = $"{Encoded("{\"alg\":\"RS256\"}"u8)}.{Encoded(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Encoded(rsa.SignData(Encoding.UTF8.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Encoded(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private async Task<HttpStatusCode> AsAppAsync(string bearer) => (await AskAsync(HttpMethod.Get, "/app", bearer)).Status;

    private async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(HttpMethod method, string path, string bearer)
    {
        using var request = new HttpRequestMessage(method, _stage.GitHub.ApiUrl + path);
        request.Headers.UserAgent.ParseAdd("tests");
        if (method == HttpMethod.Post) request.Content = new StringContent($$"""{"head_sha":"{{_stage.Pull.Head}}","name":"x"}""");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        using var answer = await _client.SendAsync(request, Cancellation);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation));
        return (answer.StatusCode, body.RootElement.Clone());
    }
}
