using System.CommandLine;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate witness</c>: cosigns other gates' audit logs (C2SP tlog-witness). The server is the gateway's program in another role.</summary>
internal static class WitnessCommand
{
    public static Command Make()
    {
        var folder = new Option<DirectoryInfo>("--folder") { Description = "its key (made at the first start) and what it has cosigned; never put an older copy back", Required = true };
        var name = new Option<string?>("--name") { Description = "its key's name, such as w.example.org/w; said at the first start, and kept" };
        var logs = new Option<string[]>("--log") { Description = "a log that it watches: its key (name+hash+base64), or a file, the log's keys.json", Arity = ArgumentArity.OneOrMore, Required = true };
        var listen = new Option<string?>("--listen") { Description = "where it listens (default: 127.0.0.1:8095)" };
        var program = GatewayProgram.Option;
        return new Command("witness", "be a witness: cosign audit logs, and of each one history only") { folder, name, logs, listen, program }
            .Does(async (parsed, cancellation) =>
            {
                if (parsed.GetValue(Common.Json)) throw new CommandFailure(ExitCode.Usage, "`--json`: a witness runs until it is stopped, and prints its key for people");
                List<string> arguments = ["witness", "--folder", parsed.GetRequiredValue(folder).FullName];
                if (parsed.GetValue(name) is { } named) arguments.AddRange(["--name", named]);
                foreach (var log in parsed.GetRequiredValue(logs)) arguments.AddRange(["--log", log]);
                if (parsed.GetValue(listen) is { } address) arguments.AddRange(["--listen", address]);
                return await GatewayProgram.RunAsync(parsed.GetValue(program), arguments, cancellation);
            });
    }
}
