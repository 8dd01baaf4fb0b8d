using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace GitOpsGate.Policies.Tests.OpaServer;

/// <summary>
/// A real OPA: the program that the environment variable <c>OPA</c> names, or the one that <c>tests/opa</c> built. Tests that
/// need it skip by name where it is absent.
/// </summary>
internal sealed class RealOpa : IDisposable
{
    private readonly Process _process;

    private RealOpa(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>The program's path; the test is skipped when there is none.</summary>
    public static string RequirePath()
    {
        var path = Environment.GetEnvironmentVariable("OPA");
        if (string.IsNullOrEmpty(path))
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (string.IsNullOrEmpty(cache))
                cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            path = Path.Combine(cache, "gitopsgate", "opa");
        }

        Assert.SkipUnless(File.Exists(path), "needs a real OPA: set OPA to its path, or build one with tests/opa");
        return path;
    }

    /// <summary>Starts a server on a free port of this machine and waits until it answers.</summary>
    public static async Task<RealOpa> StartAsync(HttpClient http, params string[] arguments)
    {
        var token = TestContext.Current.CancellationToken;
        var port = FreePort();
        var start = new ProcessStartInfo(RequirePath()) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["run", "--server", "--addr", $"127.0.0.1:{port}", "--log-level", "error",
            "--disable-telemetry", .. arguments])
            start.ArgumentList.Add(argument);
        var server = new RealOpa(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}/"));
        for (var attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(server.Address, "health"), token);
                if (answer.IsSuccessStatusCode) return server;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(25, token);
            }
        }

        server.Dispose();
        throw new TimeoutException("the OPA server did not answer within 5 s");
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(RequirePath()) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
