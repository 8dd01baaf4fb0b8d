using System.Diagnostics;

namespace GitOpsGate.DemoForge;

/// <summary>Runs the command line <c>gate</c> as a person would.</summary>
internal sealed class CommandLine(string root, string url, string token)
{
    /// <summary>What it printed.</summary>
    /// <exception cref="DemoFailedException">Its exit code was not 0.</exception>
    public async Task<string> RunAsync(CancellationToken cancellation, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(root, "src/Cli/bin/Release/net10.0/gate.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        (start.Environment["GATE_URL"], start.Environment["GATE_TOKEN"]) = (url, token);
        using var process = Process.Start(start)!;
        var (printed, trouble) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0
            ? await printed
            : throw new DemoFailedException($"`gate {string.Join(' ', arguments)}` ended with {process.ExitCode}: {await trouble}{await printed}");
    }
}
