using System.CommandLine;
using System.Text.Json;
using GitOpsGate.Policies;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy</c>: policies, offline, with the engine of the gateway.</summary>
internal static class PolicyCommands
{
    public static Command Make() => new("policy", "check, try and test policies; needs no gateway")
    {
        Check(), Eval(), PolicyTestCommand.Make(), PolicySuiteCommand.Make(),
    };

    private static Command Check()
    {
        var path = new Argument<string>("bundle") { Description = "a folder or a .tar.gz" };
        return new Command("check", "compile a bundle and print every problem with its line") { path }.Does(async (parsed, cancellation) =>
        {
            var engine = await PolicyFiles.CompileAsync(parsed.GetRequiredValue(path), cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(JsonSerializer.SerializeToElement(engine.Packages));
            else Terminal.Line($"{engine.Packages.Count} packages compile; bundle revision {engine.BundleRevision}");
            return ExitCode.Ok;
        });
    }

    private static Command Eval()
    {
        var query = new Argument<string>("query") { Description = "a document, for instance `data.kubernetes.deny`" };
        var bundle = new Option<string>("--bundle", "-b") { Description = "a folder or a .tar.gz", Required = true };
        var input = new Option<FileInfo?>("--input", "-i") { Description = "the input document, as JSON; `{}` when not given" };
        return new Command("eval", "print a document of a bundle for an input; the exit code is 1 when it is undefined") { query, bundle, input }
            .Does(async (parsed, cancellation) =>
            {
                var engine = await PolicyFiles.CompileAsync(parsed.GetRequiredValue(bundle), cancellation);
                var document = parsed.GetValue(input) is { } file ? PolicyFiles.Read(file) : "{}"u8.ToArray();
                switch (await engine.DecideAsync(parsed.GetRequiredValue(query), PolicyInput.FromJson(document), cancellation))
                {
                    case Decision.Value(var json):
                        using (var value = JsonDocument.Parse(json)) Terminal.Json(value.RootElement);
                        return ExitCode.Ok;
                    case Decision.Failed(var code, var message, var place):
                        var where = place is null ? "" : $"{place.File}:{place.Row}: ";
                        throw new CommandFailure(ExitCode.No, $"{where}{code}: {message}");
                    default:
                        await Console.Error.WriteLineAsync("undefined");
                        return ExitCode.No;
                }
            });
    }
}
