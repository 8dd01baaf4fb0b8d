using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GitOpsGate.StatusBench;

/// <summary>The real gateway in a process of its own, and what the operating system knows of that process (Linux).</summary>
internal sealed class ChildGateway : IAsyncDisposable
{
    public const string Secret = "bench-secret-of-no-value";
    private const double TicksPerSecond = 100;

    private readonly DirectoryInfo _folder;
    private readonly Process _process;

    private ChildGateway(DirectoryInfo folder, Process process, string url) => (_folder, _process, Url) = (folder, process, url);

    public string Url { get; }

    /// <summary>Megabytes in memory now.</summary>
    public long ResidentMegabytes => File.ReadLines($"/proc/{_process.Id}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => long.Parse(line[6..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024)
        .Single();

    /// <summary>CPU time so far, of the process and of every git that it has waited for.</summary>
    public double CpuSeconds
    {
        get
        {
            // The name in brackets may hold blanks; proc(5) counts on behind it: 14 utime, 15 stime, 16 cutime, 17 cstime.
            var fields = File.ReadAllText($"/proc/{_process.Id}/stat").Split(") ")[^1].Split(' ');
            return fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    /// <summary>Starts one on a new data folder, and waits until it is ready.</summary>
    public static async Task<ChildGateway> StartAsync(HttpClient http, string token, string apiUrl, string gitUrl, string policies, string shipped)
    {
        var folder = Directory.CreateTempSubdirectory("gitopsgate-bench-");
        var url = $"http://127.0.0.1:{FreePort()}";
        var config = Path.Combine(folder.FullName, "gate.yaml");
        await File.WriteAllTextAsync(config, $"""
            publicUrl: {url}
            data: ./data
            connections:
              - name: bench
                forge: github
                api: {apiUrl}
                git: {gitUrl}
                token: env:BENCH_FORGE_TOKEN
                webhookSecrets: ["env:BENCH_WEBHOOK_SECRET"]
            bundles:
              - name: shipped
                path: {shipped}
              - name: bench
                path: {policies}

            """);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "GitOpsGate.WebhookGateway.dll"), "--config", config, "--urls", url];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        (start.Environment["BENCH_WEBHOOK_SECRET"], start.Environment["BENCH_FORGE_TOKEN"]) = (Secret, token);
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        var gateway = new ChildGateway(folder, process, url);
        while (!await gateway.IsReadyAsync(http)) await Task.Delay(50);
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> IsReadyAsync(HttpClient http)
    {
        if (_process.HasExited) throw new InvalidOperationException($"the gateway ended with {_process.ExitCode} before it was ready");
        try
        {
            using var answer = await http.GetAsync(new Uri($"{Url}/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
