using System.CommandLine;
using System.Text;
using System.Text.Json;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Format;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy fmt</c>: gives policies the one shape that everybody's have, as <c>opa fmt</c> does.</summary>
internal static class PolicyFmtCommand
{
    private static readonly Argument<string[]> Paths = new("path")
    {
        Description = "files, and folders whose .rego files are meant; `-` or nothing for standard input",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> Write = new("--write", "-w") { Description = "change the files" };
    private static readonly Option<bool> Diff = new("--diff", "-d") { Description = "print what would change, as a unified diff" };
    private static readonly Option<bool> Check = new("--check") { Description = "change and print no text: name the files that would change; exit code 1 when there are any" };
    private static readonly Option<bool> V0 = new("--v0-compatible", "--v0") { Description = "read modules as Rego v0" };

    public static Command Make() => new Command(
        "fmt",
        """
        format policies: print them, or with --write change the files, with --diff show the changes, with --check name what would change.

        Formatting a formatted file changes nothing. The exit code is 1 when a file cannot be parsed, and with --check when one would change.
        """)
    {
        Paths, Write, Diff, Check, V0,
    }.Does(async (parsed, cancellation) =>
    {
        var isInput = parsed.GetValue(Paths) is not { Length: > 0 } paths || paths is ["-"];
        if (isInput && parsed.GetValue(Write)) throw new CommandFailure(ExitCode.Usage, "`--write` needs files; standard input cannot be changed");
        var version = parsed.GetValue(V0) ? RegoVersion.V0 : RegoVersion.V1;
        var all = new List<Formatted>();
        foreach (var path in isInput ? ["-"] : FilesOf(parsed.GetValue(Paths)!)) all.Add(await FormatAsync(path, version, cancellation));
        if (parsed.GetValue(Write))
        {
            foreach (var one in all.Where(one => one.IsChanged)) await File.WriteAllTextAsync(one.Path, one.After, cancellation);
        }

        Print(all, parsed);
        foreach (var error in all.SelectMany(one => one.Errors)) await Console.Error.WriteLineAsync($"gate: {error}");
        return all.Any(one => one.Errors.Count > 0 || (one.IsChanged && parsed.GetValue(Check))) ? ExitCode.No : ExitCode.Ok;
    });

    private static void Print(List<Formatted> all, ParseResult parsed)
    {
        if (parsed.GetValue(Common.Json))
        {
            Terminal.Json(JsonSerializer.SerializeToElement(new
            {
                changed = all.Where(one => one.IsChanged).Select(one => one.Path),
                errors = all.SelectMany(one => one.Errors).Select(RegoErrors.Describe),
            }));
            return;
        }

        var isQuiet = parsed.GetValue(Write) || parsed.GetValue(Check);
        foreach (var one in all)
        {
            if (parsed.GetValue(Diff)) Console.Write(UnifiedDiff.Of(one.Path, one.Before, one.After ?? one.Before));
            else if (!isQuiet) Console.Write(one.After);
            else if (one.IsChanged) Console.WriteLine(one.Path);
        }
    }

    private static async Task<Formatted> FormatAsync(string path, RegoVersion version, CancellationToken cancellation)
    {
        var before = path == "-" ? Encoding.UTF8.GetString(PolicyFiles.Read(path)) : await File.ReadAllTextAsync(path, cancellation);
        var (after, errors) = RegoFormat.Format(path == "-" ? "stdin" : path.Replace('\\', '/'), before, version);
        return new Formatted(path, before, after, errors);
    }

    private static IEnumerable<string> FilesOf(string[] paths)
    {
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
            {
                foreach (var file in Directory.EnumerateFiles(path, "*.rego", SearchOption.AllDirectories).Order(StringComparer.Ordinal)) yield return file;
            }
            else
            {
                yield return File.Exists(path) ? path : throw new CommandFailure(ExitCode.Usage, $"`{path}` is not there; give .rego files or folders that hold them");
            }
        }
    }

    private sealed record Formatted(string Path, string Before, string? After, IReadOnlyList<RegoError> Errors)
    {
        public bool IsChanged => After is not null && After != Before;
    }
}
