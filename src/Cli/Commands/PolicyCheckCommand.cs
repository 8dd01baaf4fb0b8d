using System.CommandLine;
using System.Text.Json;
using GitOpsGate.Policies.Rego;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy check</c>: compiles policies and prints every problem.</summary>
internal static class PolicyCheckCommand
{
    public static Command Make()
    {
        var where = new PolicyOptions();
        var command = new Command("check", "compile policies and print every problem with its line");
        where.AddTo(command);
        return command.Does(async (parsed, cancellation) =>
        {
            var set = await PolicyFiles.LoadAsync(where.Of(parsed), cancellation);
            var (engine, errors) = RegoEngine.Compile(set.Modules, set.Data, new RegoOptions { BundleRevision = set.Revision });
            if (parsed.GetValue(Common.Json)) Terminal.Json(Describe(engine, errors));
            else if (engine is null) throw PolicyFiles.NotCompiled(errors);
            else Terminal.Line($"{engine.Packages.Count} packages compile; bundle revision {engine.BundleRevision}");
            return engine is null ? ExitCode.No : ExitCode.Ok;
        });
    }

    private static JsonElement Describe(RegoEngine? engine, IReadOnlyList<Policies.Rego.Errors.RegoError> errors) =>
        JsonSerializer.SerializeToElement(new
        {
            packages = engine?.Packages ?? [],
            revision = engine?.BundleRevision,
            errors = errors.Select(RegoErrors.Describe),
        });
}
