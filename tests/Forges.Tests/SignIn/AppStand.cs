using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Forges.Tests.SignIn;

/// <summary>
/// A GitHub that knows one app: it checks the app's signature with its public key, keeps installations and tokens by a clock, and lets a
/// token read only what its installation is on.
/// </summary>
internal sealed class AppStand : FakeServer
{
    public const string AppId = "Iv23liTheGate";

    // Finding primes takes longer than all that is tested with them.
    private static readonly string[] Keys = [NewKey(), NewKey()];

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gitopsgate-app-");
    private readonly Dictionary<string, (long Installation, DateTimeOffset Ends)> _tokens = new(StringComparer.Ordinal);
    private RSA _key = Open(Keys[0]);
    private int _made;

    private AppStand(TimeProvider clock) => _clock = clock;

    /// <summary>The private key, as GitHub hands it out.</summary>
    public string PrivateKey => _key.ExportRSAPrivateKeyPem();

    /// <summary>The accounts that the app is installed on, and under which number.</summary>
    public Dictionary<string, long> Installations { get; } = new(StringComparer.Ordinal) { ["acme"] = 7 };

    /// <summary>How long a token holds.</summary>
    public TimeSpan Life { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What is added to a token to make it long.</summary>
    public string Padding { get; set; } = "";

    /// <summary>The <c>Authorization</c> headers in the order in which they came, of calls that are not about signing in.</summary>
    public List<string> Signed { get; } = [];

    /// <summary>How many tokens were made.</summary>
    public int Made => Volatile.Read(ref _made);

    /// <summary>How many times the app asked for a token.</summary>
    public int Exchanges => Journal.Count("POST", "/access_tokens");

    public static async Task<AppStand> StartAsync(TimeProvider clock)
    {
        var stand = new AppStand(clock);
        await stand.StartAsync(port: 0);
        return stand;
    }

    /// <summary>A connection that signs in as the app.</summary>
    /// <param name="key">Another private key than the right one.</param>
    public Connection Connection(Secret? key = null) => new()
    {
        Name = new ConnectionName("hub"),
        Forge = "github",
        ApiUrl = Url + "/api/v3",
        GitUrl = Url,
        Token = new Secret(""),
        App = new AppIdentity(AppId, key ?? new Secret(PrivateKey)),
        WebhookSecrets = [new Secret("hook")],
    };

    /// <summary>The app gets a new key, and the old one counts no more.</summary>
    public void ChangeKey() => _key = Open(Keys[1]);

    /// <summary>No token that was made so far counts any more.</summary>
    public void RevokeAll()
    {
        lock (_gate) _tokens.Clear();
    }

    /// <summary>A repository that git may fetch with a token of its installation.</summary>
    public Task<GitRepo> AddRepositoryAsync(string path) => GitRepo.InitAsync(Path.Combine(_folder.FullName, path + ".git"));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string NewKey()
    {
        using var key = RSA.Create(2048);
        return key.ExportRSAPrivateKeyPem();
    }

    private static RSA Open(string pem)
    {
        var key = RSA.Create();
        key.ImportFromPem(pem);
        return key;
    }

    protected override void Map(WebApplication app)
    {
        var api = app.MapGroup("/api/v3");
        api.MapGet("/repos/{owner}/{name}/installation", (HttpRequest request, string owner) => AsApp(request, () => Found(owner)));
        api.MapGet("/orgs/{owner}/installation", (HttpRequest request, string owner) => AsApp(request, () => Found(owner)));
        api.MapGet("/app/installations", (HttpRequest request) => AsApp(request, () => ScriptedForge.Json(
            $"[{string.Join(',', Installations.Values.Order().Select(id => $$"""{"id": {{id}} }"""))}]")));
        api.MapPost("/app/installations/{id:long}/access_tokens", (HttpRequest request, long id) => AsApp(request, () => NewToken(id)));
        api.MapGet("/repos/{owner}/{name}/things", (HttpContext context, string owner) => AsInstallation(context.Request, owner, () =>
        {
            context.Response.Headers.Link = $"<{Url}/api/v3/repositories/1/things?page=2>; rel=\"next\"";
            return ScriptedForge.Json("[1]");
        }));
        api.MapGet("/repositories/1/things", (HttpRequest request) => AsInstallation(request, null, () => ScriptedForge.Json("[2]")));
        api.MapGet("/orgs/{owner}/thing", (HttpRequest request, string owner) => AsInstallation(request, owner, () => ScriptedForge.Json("{}")));
        api.MapGet("/installation/repositories", (HttpRequest request) => AsInstallation(request, null, () => ScriptedForge.Json("{}")));
        api.MapPost("/repos/{owner}/{name}/statuses", (HttpRequest request, string owner) =>
            AsInstallation(request, owner, () => ScriptedForge.Json("{}", 201)));
        app.MapGit("", _folder.FullName, context =>
            GitSmartHttp.Credentials(context) is { User: "x-access-token" } given && InstallationOf(given.Password) is not null);
    }

    protected override IResult? Refuse(HttpRequest request) => null;

    private IResult Found(string owner)
    {
        lock (_gate)
        {
            return Installations.TryGetValue(owner, out var id)
                ? ScriptedForge.Json($$"""{"id":{{id}},"target_type":"Organization","app_slug":"{{owner}}-gate"}""")
                : ScriptedForge.Json("""{"message":"Not Found"}""", 404);
        }
    }

    private IResult NewToken(long id)
    {
        lock (_gate)
        {
            if (!Installations.ContainsValue(id)) return ScriptedForge.Json("""{"message":"Not Found"}""", 404);
            var (token, ends) = ($"ghs_{id}_{++_made}{Padding}", _clock.GetUtcNow() + Life);
            _tokens[token] = (id, ends);
            return ScriptedForge.Json($$"""{"token":"{{token}}","expires_at":"{{ends:yyyy-MM-dd'T'HH:mm:ss'Z'}}"}""", 201);
        }
    }

    private IResult AsInstallation(HttpRequest request, string? owner, Func<IResult> answer)
    {
        var header = request.Headers.Authorization.ToString();
        lock (_gate) Signed.Add(header);
        var id = header.StartsWith("Bearer ", StringComparison.Ordinal) ? InstallationOf(header[7..]) : null;
        if (id is null) return ScriptedForge.Json("""{"message":"Bad credentials"}""", 401);
        lock (_gate)
        {
            return owner is null || Installations.GetValueOrDefault(owner) == id ? answer() : ScriptedForge.Json("""{"message":"Not Found"}""", 404);
        }
    }

    private long? InstallationOf(string token)
    {
        lock (_gate) return _tokens.TryGetValue(token, out var known) && known.Ends > _clock.GetUtcNow() ? known.Installation : null;
    }

    private IResult AsApp(HttpRequest request, Func<IResult> answer) =>
        IsApp(request.Headers.Authorization.ToString())
            ? answer()
            : ScriptedForge.Json("""{"message":"A JSON web token could not be decoded"}""", 401);

    // As GitHub checks it: RS256, issued in the past, ten minutes long at most.
    private bool IsApp(string header)
    {
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal)) return false;
        if (header[7..].Split('.') is not [var head, var claims, var signature]) return false;
        var signed = Encoding.ASCII.GetBytes($"{head}.{claims}");
        if (!_key.VerifyData(signed, Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)) return false;
        using var first = JsonDocument.Parse(Base64Url.DecodeFromChars(head));
        using var second = JsonDocument.Parse(Base64Url.DecodeFromChars(claims));
        var (now, said) = (_clock.GetUtcNow().ToUnixTimeSeconds(), second.RootElement);
        var (from, to) = (said.GetProperty("iat").GetInt64(), said.GetProperty("exp").GetInt64());
        return first.RootElement.GetProperty("alg").GetString() == "RS256" && said.GetProperty("iss").GetString() == AppId
            && from < now && to > now && to <= now + 600;
    }
}
