using System.CommandLine;
using System.Text.Json;
using GitOpsGate.Configuration;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate config</c>: configuration files, offline.</summary>
internal static class ConfigCommands
{
    public static Command Make()
    {
        var files = new Argument<FileInfo[]>("files")
        {
            Description = "`gate.yaml`, `.gitopsgate.yaml`, or both: then the bundles that the second names are looked up in the first",
            Arity = ArgumentArity.OneOrMore,
        };
        var check = new Command("check", "print every problem of configuration files at once, with its line") { files };
        check.Does((parsed, _) =>
        {
            var (problems, warnings) = Check(parsed.GetRequiredValue(files));
            if (parsed.GetValue(Common.Json)) Terminal.Json(JsonSerializer.SerializeToElement(new { problems, warnings }));
            else Print(problems, warnings);
            return Task.FromResult(problems.Count == 0 ? ExitCode.Ok : ExitCode.No);
        });
        return new Command("config", "configuration files; needs no gateway") { check };
    }

    private static (List<FileProblem> Problems, List<FileProblem> Warnings) Check(FileInfo[] files)
    {
        List<FileProblem> problems = [], warnings = [];
        var (rules, gates) = (files.Where(IsRuleFile).ToArray(), files.Where(file => !IsRuleFile(file)).ToArray());
        string[]? bundles = gates.Length == 0 ? null : [];
        foreach (var file in gates)
        {
            Exists(file);
            var reading = GateFileReader.ReadFile(file.FullName);
            problems.AddRange(reading.Problems);
            warnings.AddRange(reading.Warnings);
            bundles = [.. bundles!, .. reading.Value?.Bundles.Select(bundle => bundle.Name) ?? []];
        }

        foreach (var file in rules)
        {
            Exists(file);
            var reading = RuleFileReader.Read(PolicyFiles.Read(file), bundles);
            problems.AddRange(reading.Problems);
            warnings.AddRange(reading.Warnings);
        }

        return (problems, warnings);
    }

    private static bool IsRuleFile(FileInfo file) => file.Name == RuleFileReader.FileName;

    private static void Exists(FileInfo file)
    {
        if (!file.Exists) throw new CommandFailure(ExitCode.Usage, $"`{file}` is not there; give a `gate.yaml` or a `{RuleFileReader.FileName}`");
    }

    private static void Print(List<FileProblem> problems, List<FileProblem> warnings)
    {
        foreach (var warning in warnings) Terminal.Line($"warning: {warning}");
        foreach (var problem in problems) Terminal.Line(problem.ToString());
        if (problems.Count == 0) Terminal.Line("no problem found");
    }
}
