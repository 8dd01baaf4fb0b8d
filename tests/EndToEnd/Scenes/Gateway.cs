using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GitOpsGate.Testing;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>A real gateway in its own process, over one forge scene; it can be killed and started again on the same data.</summary>
public sealed partial class Gateway : IAsyncDisposable
{
    /// <summary>The secret that the forge signs its webhooks with.</summary>
    public const string HookSecret = "end-to-end-secret";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gitopsgate-e2e-");
    private readonly List<string> _lines = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler()) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly int _port = FreePort();
    private Process? _process;
    private string _token = "";

    private Gateway()
    {
    }

    public string Url => $"http://127.0.0.1:{_port}";

    /// <summary>What the directory target serves.</summary>
    public string SiteFolder => Path.Combine(_folder.FullName, "site");

    /// <summary>Where the gateway keeps its database and its keys.</summary>
    public string DataFolder => Path.Combine(_folder.FullName, "data");

    public string Token => _token;

    /// <summary>Everything it printed, for a failing test's message.</summary>
    public string Printed
    {
        get
        {
            lock (_lines) return string.Join('\n', _lines.TakeLast(60));
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="targets">The targets of the environment <c>prod</c>.</param>
    /// <param name="more">Further lines below <c>targets</c>; there is always the directory <c>site</c>.</param>
    /// <param name="bundles">Further lines below <c>bundles</c>; there is always <c>shipped</c>.</param>
    /// <param name="reconcile">What stands at <c>reconcile</c>: by default webhooks are all that the gateway hears of.</param>
    public static async Task<Gateway> StartAsync(
        ForgeScene scene, string targets = "[site]", string more = "", string bundles = "", string reconcile = "{off: true}")
    {
        var gateway = new Gateway();
        var configuration = $"{gateway.Configuration(scene, targets, more, bundles)}\nreconcile: {reconcile}\n";
        await File.WriteAllTextAsync(Path.Combine(gateway._folder.FullName, "gate.yaml"), configuration);
        Directory.CreateDirectory(gateway.SiteFolder);
        await gateway.StartAgainAsync();
        return gateway;
    }

    /// <summary>Adds a line to <c>gate.yaml</c>, for the next start.</summary>
    public Task AddToConfigurationAsync(string line) => File.AppendAllTextAsync(Path.Combine(_folder.FullName, "gate.yaml"), $"{line}\n");

    /// <summary>Registers the webhook on the scene's repository.</summary>
    public async Task ConnectAsync() => await PostAsync("connections/forge/repositories", new { repository = _repository });

    /// <summary>Ends the process as a power cut would.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts the process on the same data, and waits until it is ready, or until its door is open.</summary>
    public async Task StartAgainAsync(bool untilReady = true)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
        [
            Path.Combine(AppContext.BaseDirectory, "GitOpsGate.WebhookGateway.dll"), "--config", Path.Combine(_folder.FullName, "gate.yaml"),
            "--urls", Url,
        ])
        {
            start.ArgumentList.Add(argument);
        }

        (start.Environment["E2E_SECRET"], start.Environment["E2E_TOKEN"]) = (HookSecret, _forgeToken);
        start.Environment["E2E_ORDER_SECRET"] = "whsec_" + Convert.ToBase64String(new byte[32]);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var wanted = untilReady ? "/health/ready" : "/health/live";
        await Eventually.TrueAsync(() => IsWellAsync(wanted), () => $"the gateway was not ready:\n{Printed}");
        if (_http.DefaultRequestHeaders.Authorization is null)
        {
            await Eventually.TrueAsync(() => Task.FromResult(_token.Length > 0), () => $"the gateway printed no token:\n{Printed}");
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        }
    }

    /// <summary>Sends GitHub's ping until the gate keeps a journal of what it takes in, which it does once there is much.</summary>
    public async Task MakeBusyAsync()
    {
        var body = "{\"zen\":\"Keep it logically awesome.\"}"u8.ToArray();
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(HookSecret), body));
        for (var number = 0; !File.Exists(Path.Combine(DataFolder, "gate.db-intake-b")); number++)
        {
            if (number > 1000) throw new TimeoutException($"there is no journal after {number} webhooks:\n{Printed}");
            using var call = new HttpRequestMessage(HttpMethod.Post, $"{Url}/hooks/forge") { Content = new ByteArrayContent(body) };
            call.Headers.Add("X-GitHub-Event", "ping");
            call.Headers.Add("X-GitHub-Delivery", $"busy-{number}");
            call.Headers.Add("X-Hub-Signature-256", $"sha256={signature}");
            call.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await _http.SendAsync(call);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>What it says to load balancers; empty when it is ready.</summary>
    public async Task<string> WhyNotReadyAsync()
    {
        using var answer = await _http.GetAsync($"{Url}/health/ready");
        return answer.StatusCode == HttpStatusCode.OK ? "" : await answer.Content.ReadAsStringAsync();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await _http.GetAsync($"{Url}/api/v1/{path}");
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<JsonElement> PostAsync<T>(string path, T body)
    {
        using var answer = await _http.PostAsJsonAsync($"{Url}/api/v1/{path}", body);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}\n{Printed}");
        }

        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>The leaves of all audit entries, in order.</summary>
    public async Task<List<JsonElement>> EntriesAsync()
    {
        List<JsonElement> leaves = [];
        while (true)
        {
            var page = (await GetAsync($"audit/entries?from={leaves.Count}&count=1000")).GetProperty("items");
            leaves.AddRange(page.EnumerateArray().Select(item => JsonElement.Parse(item.GetProperty("leaf").GetString()!)));
            if (page.GetArrayLength() < 1000) return leaves;
        }
    }

    /// <summary>The types of all audit entries, in order.</summary>
    public async Task<List<string>> EntryTypesAsync() =>
        [.. (await EntriesAsync()).Select(leaf => leaf.GetProperty("type").GetString()!)];

    /// <summary>Waits until no delivery and no obligation waits any more.</summary>
    public Task IdleAsync() => Eventually.TrueAsync(
        async () =>
        {
            var status = await GetAsync("status");
            return IsAtRest(status.GetProperty("deliveries")) && IsAtRest(status.GetProperty("obligations"));
        },
        () => $"the gate did not come to rest:\n{Printed}");

    /// <summary>Whether the stored log is whole.</summary>
    public async Task<bool> VerifiesAsync() => (await PostAsync("audit/verify", new { })).GetProperty("verified").GetBoolean();

    /// <summary>What visitors of the site see; empty when nothing is deployed.</summary>
    public string Page()
    {
        var path = Path.Combine(SiteFolder, "current", "index.html");
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    public ValueTask DisposeAsync()
    {
        if (_process is not null) Kill();
        _http.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private string _forgeToken = "";
    private string _repository = "";

    private string Configuration(ForgeScene scene, string targets, string more, string bundles)
    {
        (_forgeToken, _repository) = (scene.Token, scene.FullName);
        return $"""
            publicUrl: {Url}
            data: ./data
            connections:
              - name: forge
                forge: {scene.Forge}
                api: {scene.ApiUrl}
                git: {scene.GitUrl}
                token: env:E2E_TOKEN
                webhookSecrets: ["env:E2E_SECRET"]
            bundles:
              - name: shipped
                path: {Path.Combine(Shared.RepositoryRoot, "policies")}
            {bundles}
            environments:
              - name: prod
                repository: "forge:{scene.FullName}"
                branch: main
                path: site
                targets: {targets}
            targets:
              - name: site
                kind: directory
                path: {SiteFolder}
            {more}
            """;
    }

    private async Task<bool> IsWellAsync(string probe)
    {
        if (_process!.HasExited) throw new InvalidOperationException($"the gateway ended with {_process.ExitCode}:\n{Printed}");
        try
        {
            using var answer = await _http.GetAsync($"{Url}{probe}");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (_lines) _lines.Add(line);
        if (_token.Length == 0 && AccessToken().Match(line) is { Success: true } found) _token = found.Value;
    }

    // A state that is not known to be an end is taken for open, so that a renamed one cannot make a test pass too soon.
    private static bool IsAtRest(JsonElement counts) => counts.EnumerateObject().All(
        state => state.Name is "done" or "ignored" or "unreadable" or "dead" or "discharged" or "superseded" || state.Value.GetInt64() == 0);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("gog_[A-Za-z0-9_-]{20,}")]
    private static partial Regex AccessToken();
}
