using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;

namespace GitOpsGate.Cli.Commands;

/// <summary>
/// <c>gate audit recover</c>: has the gateway's own program put the log right, on the machine where its data lie. This program knows no database;
/// that one does, and does nothing else meanwhile.
/// </summary>
internal static class AuditRecoverCommand
{
    private const string ProgramName = "GitOpsGate.WebhookGateway";

    public static Command Make()
    {
        var mirror = new Option<DirectoryInfo?>("--from-mirror") { Description = "give the log its lost entries back from a copy that `gate audit mirror` made" };
        var epoch = new Option<bool>("--new-epoch") { Description = "go on without them, under a new name whose first entry says what was lost" };
        var reason = new Option<string?>("--reason") { Description = "with --new-epoch: why; it stands in the log" };
        var config = new Option<FileInfo?>("--config") { Description = "the gateway's configuration (default: $GITOPSGATE_CONFIG, else ./gate.yaml)" };
        var program = new Option<FileInfo?>("--program") { Description = $"the gateway's program, `{ProgramName}` or its `.dll` (default: $GITOPSGATE_PROGRAM, else beside this one)" };
        return new Command("recover", "put the log right after the database was put back; the gateway is stopped, and this is its machine") { mirror, epoch, reason, config, program }
            .Does(async (parsed, cancellation) =>
            {
                if (parsed.GetValue(Common.Json)) throw new CommandFailure(ExitCode.Usage, "`--json`: what was recovered is told to people; `gate audit tail --json` shows the entry");
                var (from, isNew, why) = (parsed.GetValue(mirror), parsed.GetValue(epoch), parsed.GetValue(reason));
                if (isNew == from is not null) throw new CommandFailure(ExitCode.Usage, "either `--from-mirror FOLDER` or `--new-epoch` would be right");
                if (isNew != why is not null) throw new CommandFailure(ExitCode.Usage, "`--new-epoch` and `--reason` belong together");
                List<string> arguments = ["recover"];
                if (parsed.GetValue(config) is { } file) arguments.AddRange(["--config", file.FullName]);
                arguments.AddRange(from is not null ? ["--from-mirror", from.FullName] : ["--new-epoch", "--reason", why!]);
                return await RunAsync(Find(parsed.GetValue(program)?.FullName), arguments, cancellation);
            });
    }

    private static string Find(string? named)
    {
        var path = named ?? Environment.GetEnvironmentVariable("GITOPSGATE_PROGRAM");
        string[] beside = [Path.Combine(AppContext.BaseDirectory, ProgramName), Path.Combine(AppContext.BaseDirectory, ProgramName + ".dll")];
        path = path is { Length: > 0 } ? path : beside.FirstOrDefault(File.Exists);
        return path is not null && File.Exists(path)
            ? path
            : throw new CommandFailure(ExitCode.Usage, $"`{path ?? ProgramName}` is not here; name the gateway's program with `--program`, or run `{ProgramName} recover` where it is");
    }

    private static async Task<int> RunAsync(string program, List<string> arguments, CancellationToken cancellation)
    {
        var isLibrary = program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(isLibrary ? "dotnet" : program, isLibrary ? [program, .. arguments] : arguments);
        try
        {
            // It prints to our own output and errors, and ends with our own exit codes.
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode is ExitCode.Ok or ExitCode.No or ExitCode.Usage ? process.ExitCode : ExitCode.Fault;
        }
        catch (Win32Exception trouble)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{program}` does not start: {trouble.Message}");
        }
    }
}
