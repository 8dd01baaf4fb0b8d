using System.Security.Cryptography;

namespace GitOpsGate.WebhookGateway.Witnesses;

/// <summary>The program as a witness: it serves no gate, reads no <c>gate.yaml</c> and opens no database.</summary>
internal static class WitnessRun
{
    private const int Stopped = 0;
    private const int Unusable = 2;

    /// <param name="args">What stands behind the verb.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors)
    {
        if (args is ["--help" or "-h"])
        {
            await output.WriteLineAsync(WitnessOptions.Usage);
            return Stopped;
        }

        var (options, problem) = WitnessOptions.Read(args);
        if (options is null)
        {
            await errors.WriteLineAsync($"{problem}\n{WitnessOptions.Usage}");
            return Unusable;
        }

        try
        {
            await using var host = await WitnessHost.StartAsync(options, TimeProvider.System, CancellationToken.None);
            await output.WriteLineAsync($"witness key: {host.Key}");
            foreach (var log in options.Logs) await output.WriteLineAsync($"watches: {log.Origin}");
            await output.WriteLineAsync($"listens on: {host.Address}");
            await host.WaitAsync();
            return Stopped;
        }
        catch (Exception trouble) when (trouble is IOException or FormatException or UnauthorizedAccessException or CryptographicException)
        {
            await errors.WriteLineAsync($"the witness does not start: {trouble.Message}");
            return Unusable;
        }
    }
}
