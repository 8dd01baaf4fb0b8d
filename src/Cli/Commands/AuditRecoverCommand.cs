using System.CommandLine;

namespace GitOpsGate.Cli.Commands;

/// <summary>
/// <c>gate audit recover</c>: has the gateway's own program put the log right, on the machine where its data lie. This program knows no database;
/// that one does, and does nothing else meanwhile.
/// </summary>
internal static class AuditRecoverCommand
{
    public static Command Make()
    {
        var mirror = new Option<DirectoryInfo?>("--from-mirror") { Description = "give the log its lost entries back from a copy that `gate audit mirror` made" };
        var epoch = new Option<bool>("--new-epoch") { Description = "go on without them, under a new name whose first entry says what was lost" };
        var reason = new Option<string?>("--reason") { Description = "with --new-epoch: why; it stands in the log" };
        var config = new Option<FileInfo?>("--config") { Description = "the gateway's configuration (default: $GITOPSGATE_CONFIG, else ./gate.yaml)" };
        var program = GatewayProgram.Option;
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
                return await GatewayProgram.RunAsync(parsed.GetValue(program), arguments, cancellation);
            });
    }
}
