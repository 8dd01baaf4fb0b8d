using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GitOpsGate.Fakes;
using GitOpsGate.Testing;

namespace GitOpsGate.Forges.Tests.Foreign;

/// <summary>Prism, a server that is made of an OpenAPI description and says of each request what is wrong with it. On 127.0.0.1.</summary>
internal sealed class Prism : IAsyncDisposable
{
    public const string Package = "@stoplight/prism-cli";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client;
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private Prism(int port)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = new Process { StartInfo = start };
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>Starts one and waits until it answers.</summary>
    /// <param name="description">The file.</param>
    public static async Task<Prism> StartAsync(string description, CancellationToken cancellation)
    {
        var port = FreePort();
        var prism = new Prism(port);
        foreach (var argument in (string[])
        [
            Path.Combine(ForeignCode.Folder, "node_modules", Package, "dist", "index.js"), "mock", "-h", "127.0.0.1", "-p", $"{port}", description,
        ])
        {
            prism._process.StartInfo.ArgumentList.Add(argument);
        }

        prism._process.OutputDataReceived += (_, line) => prism.Note(line.Data);
        prism._process.ErrorDataReceived += (_, line) => prism.Note(line.Data);
        prism._process.Start();
        prism._process.BeginOutputReadLine();
        prism._process.BeginErrorReadLine();
        await prism.UntilReadyAsync(cancellation);
        return prism;
    }

    /// <summary>What it has against a request; empty when nothing.</summary>
    /// <param name="request">Its path begins below the description's own root.</param>
    public async Task<IReadOnlyList<string>> ViolationsAsync(JournalEntry request, string contentType, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Path);
        message.Headers.TryAddWithoutValidation("Accept", "application/json");
        // Any will do; without one it would say no more than that there is none.
        message.Headers.TryAddWithoutValidation("Authorization", "Bearer any");
        if (request.Body.Length > 0)
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(request.Body));
            message.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        using var answer = await _client.SendAsync(message, cancellation);
        var body = await answer.Content.ReadAsStringAsync(cancellation);
        // It may answer as the description documents, 422 included; then a header says what it found. Without such an answer the body does.
        if (answer.Headers.TryGetValues("sl-violations", out var told))
        {
            return [.. Messages(JsonElement.Parse(string.Join(",", told))).Where(one => one.Place == "request").Select(one => one.Message)];
        }

        if (!body.Contains("stoplight.io/prism/errors", StringComparison.Ordinal)) return [];
        var problem = JsonElement.Parse(body);
        return problem.Has("validation") ? [.. Messages(problem.Child("validation")).Select(one => one.Message)] : [problem.Text("detail")];
    }

    private static IEnumerable<(string Place, string Message)> Messages(JsonElement violations) =>
        from violation in violations.Items()
        where violation.Text("severity") == "Error"
        select (violation.Items("location").FirstOrDefault().AsText() ?? "", violation.Text("message"));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task UntilReadyAsync(CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await _client.GetAsync("/", cancellation);
                return;
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(began) < Patience && !_process.HasExited)
            {
                await Task.Delay(100, cancellation);
            }
            catch (HttpRequestException)
            {
                var said = Said();
                await DisposeAsync();
                throw new InvalidOperationException($"Prism did not begin to answer:\n{said}");
            }
        }
    }

    private void Note(string? line)
    {
        lock (_said)
        {
            if (_said.Length < 10_000) _said.AppendLine(line);
        }
    }

    private string Said()
    {
        lock (_said) return _said.ToString();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
