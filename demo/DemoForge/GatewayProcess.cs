using System.Diagnostics;
using System.Text.RegularExpressions;

namespace GitOpsGate.DemoForge;

/// <summary>A gateway in its own process, as it runs in production; ended with this one.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<string> _token = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _lines = [];

    private GatewayProcess(Process process) => _process = process;

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="DemoFailedException">It ended or was not ready in time; the message holds what it printed.</exception>
    public static async Task<(GatewayProcess Gateway, string Token)> StartAsync(
        string root, string configuration, string url, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(root, "src/WebhookGateway/bin/Release/net10.0/GitOpsGate.WebhookGateway.dll"));
        foreach (var argument in (string[])["--config", configuration, "--urls", url]) start.ArgumentList.Add(argument);
        foreach (var (name, value) in secrets) start.Environment[name] = value;
        var gateway = new GatewayProcess(new Process { StartInfo = start });
        gateway._process.OutputDataReceived += (_, line) => gateway.Note(line.Data);
        gateway._process.ErrorDataReceived += (_, line) => gateway.Note(line.Data);
        gateway._process.Start();
        gateway._process.BeginOutputReadLine();
        gateway._process.BeginErrorReadLine();
        try
        {
            return (gateway, await gateway.ReadyAsync(url, cancellation));
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var ask = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await ask.WaitForExitAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private async Task<string> ReadyAsync(string url, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler());
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30))
        {
            if (_process.HasExited) throw new DemoFailedException($"the gateway ended with exit code {_process.ExitCode}:\n{Printed()}");
            if (_token.Task.IsCompleted && await IsReadyAsync(http, url, cancellation)) return await _token.Task;
            await Task.Delay(50, cancellation);
        }

        throw new DemoFailedException($"the gateway was not ready within 30 s:\n{Printed()}");
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, string url, CancellationToken cancellation)
    {
        try
        {
            using var answer = await http.GetAsync($"{url}/health/ready", cancellation);
            return answer.IsSuccessStatusCode;
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
        if (AdminToken().Match(line) is { Success: true } found) _token.TrySetResult(found.Value);
    }

    private string Printed()
    {
        lock (_lines) return string.Join('\n', _lines.TakeLast(30));
    }

    [GeneratedRegex("gog_[A-Za-z0-9_-]{20,}")]
    private static partial Regex AdminToken();
}

/// <summary>A step of the demo did not come out as it should.</summary>
internal sealed class DemoFailedException(string message) : Exception(message);
