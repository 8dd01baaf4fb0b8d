using System.Buffers;
using System.CommandLine;
using System.Text;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy parse</c> and <c>gate policy capabilities</c>: what the engine reads and what it can do, as JSON for tools.</summary>
internal static class PolicyParseCommand
{
    private static readonly string[] Parts = ["locations", "comments"];

    public static Command Make()
    {
        var file = new Argument<string>("file") { Description = "a .rego file; `-` for standard input" };
        var include = new Option<string>("--json-include")
        {
            Description = "what the tree shows besides the rules: locations, comments, or both with a comma between; `-comments` leaves them out",
            DefaultValueFactory = _ => "comments",
        };
        var v0 = new Option<bool>("--v0-compatible", "--v0") { Description = "read the module as Rego v0" };
        return new Command("parse", "print the syntax tree of a module as JSON, in the shape of OPA's; exit code 1 when it cannot be parsed") { file, include, v0 }
            .Does((parsed, _) =>
            {
                var (path, parts) = (parsed.GetRequiredValue(file), PartsOf(parsed.GetRequiredValue(include)));
                var text = Encoding.UTF8.GetString(PolicyFiles.Read(path));
                var tree = new ArrayBufferWriter<byte>();
                var errors = RegoParse.ToJson(
                    path == "-" ? "stdin" : path.Replace('\\', '/'), text, parsed.GetValue(v0) ? RegoVersion.V0 : RegoVersion.V1,
                    parts.Contains("locations"), tree, parts.Contains("comments"), indented: true);
                if (errors.Count > 0) throw new CommandFailure(ExitCode.No, string.Join('\n', errors));
                Console.WriteLine(Encoding.UTF8.GetString(tree.WrittenSpan));
                return Task.FromResult(ExitCode.Ok);
            });
    }

    public static Command MakeCapabilities() =>
        new Command("capabilities", "print what the engine can do as JSON: functions with their types, features, keywords; for linters and `opa check --capabilities`")
            .Does((_, _) =>
            {
                var all = new ArrayBufferWriter<byte>();
                RegoCapabilities.Write(all);
                Console.Write(Encoding.UTF8.GetString(all.WrittenSpan));
                return Task.FromResult(ExitCode.Ok);
            });

    private static HashSet<string> PartsOf(string include)
    {
        var parts = new HashSet<string>(StringComparer.Ordinal) { "comments" };
        foreach (var part in include.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var name = part.TrimStart('-');
            if (!Parts.Contains(name)) throw new CommandFailure(ExitCode.Usage, $"`--json-include {part}` is not known; it is `locations` or `comments`");
            if (part[0] == '-') parts.Remove(name);
            else parts.Add(name);
        }

        return parts;
    }
}
