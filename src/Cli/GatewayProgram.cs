using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;

namespace GitOpsGate.Cli;

/// <summary>The gateway's own program, for what only it can do on its machine: this one knows no database and no server.</summary>
internal static class GatewayProgram
{
    private const string Name = "GitOpsGate.WebhookGateway";
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    /// <summary>Names it.</summary>
    public static Option<FileInfo?> Option => new("--program")
    {
        Description = $"the gateway's program, `{Name}` or its `.dll` (default: $GITOPSGATE_PROGRAM, else beside this one)",
    };

    /// <summary>Runs it until it ends; it prints to our own output and errors, and ends with our own exit codes.</summary>
    public static async Task<int> RunAsync(FileInfo? named, List<string> arguments, CancellationToken cancellation)
    {
        var program = Find(named?.FullName, arguments[0]);
        var isLibrary = program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(isLibrary ? "dotnet" : program, isLibrary ? [program, .. arguments] : arguments);
        try
        {
            using var process = Process.Start(start)!;
            await WaitAsync(process, cancellation);
            return process.ExitCode is ExitCode.Ok or ExitCode.No or ExitCode.Usage ? process.ExitCode : ExitCode.Fault;
        }
        catch (Win32Exception trouble)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{program}` does not start: {trouble.Message}");
        }
    }

    // Who asks us to stop from a terminal has asked it, too; who asks us alone would leave it behind.
    private static async Task WaitAsync(Process process, CancellationToken cancellation)
    {
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Terminate(process);
            using var limit = new CancellationTokenSource(Farewell);
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static void Terminate(Process process)
    {
        try
        {
            // The framework can only kill; this asks.
            using var asking = Process.Start(new ProcessStartInfo("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]) { RedirectStandardError = true });
            asking?.WaitForExit();
        }
        catch (Win32Exception)
        {
            process.Kill();
        }
    }

    private static string Find(string? named, string verb)
    {
        var path = named ?? Environment.GetEnvironmentVariable("GITOPSGATE_PROGRAM");
        string[] beside = [Path.Combine(AppContext.BaseDirectory, Name), Path.Combine(AppContext.BaseDirectory, Name + ".dll")];
        path = path is { Length: > 0 } ? path : beside.FirstOrDefault(File.Exists);
        return path is not null && File.Exists(path)
            ? path
            : throw new CommandFailure(ExitCode.Usage, $"`{path ?? Name}` is not here; name the gateway's program with `--program`, or run `{Name} {verb}` where it is");
    }
}
