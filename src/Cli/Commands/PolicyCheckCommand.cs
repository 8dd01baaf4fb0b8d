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
        var strict = new Option<bool>("--strict", "-S")
        {
            Description = "also refuse unused imports, variables and arguments, repeated imports, names that hide `input` or `data`, deprecated functions",
        };
        var command = new Command("check", "compile policies and print every problem with its line; exit code 1 when there are any") { strict };
        where.AddTo(command);
        return command.Does(async (parsed, cancellation) =>
        {
            var set = await PolicyFiles.LoadAsync(where.Of(parsed), cancellation);
            var (engine, errors) = RegoEngine.Compile(set.Modules, set.Data, new RegoOptions { BundleRevision = set.Revision, StrictChecks = parsed.GetValue(strict) });
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
