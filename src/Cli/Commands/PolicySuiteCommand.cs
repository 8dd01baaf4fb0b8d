using System.CommandLine;
using System.Text;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Testing;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy suite</c>: answers a file of conformance cases, for a judge to compare with what they want.</summary>
internal static class PolicySuiteCommand
{
    public static Command Make()
    {
        var cases = new Argument<string>("cases") { Description = "a file with one JSON case in each line; `-` for standard input" };
        var parse = new Option<bool>("--parse") { Description = "the cases are sources of the parser oracle: say how far each one comes" };
        var v0 = new Option<bool>("--v0") { Description = "read every module as Rego v0, whatever its case says" };
        var timeout = new Option<double>("--timeout") { Description = "seconds that one case may take", DefaultValueFactory = _ => 10 };
        return new Command("suite", "answer a file of OPA's conformance cases, one JSON line for each") { cases, parse, v0, timeout }
            .Does(async (parsed, cancellation) =>
            {
                var options = new RegoSuiteOptions
                {
                    Version = parsed.GetValue(v0) ? RegoVersion.V0 : null,
                    Timeout = Seconds.Of(parsed.GetRequiredValue(timeout), "--timeout"),
                };
                Func<string, RegoSuiteOptions, CancellationToken, string> answer = parsed.GetValue(parse) ? RegoSuite.AnswerSource : RegoSuite.Answer;
                await AnswerAllAsync(parsed.GetRequiredValue(cases), line => answer(line, options, cancellation), cancellation);
                return ExitCode.Ok;
            });
    }

    private static async Task AnswerAllAsync(string path, Func<string, string> answer, CancellationToken cancellation)
    {
        if (path != "-" && !File.Exists(path)) throw new CommandFailure(ExitCode.Usage, $"`{path}` is not there");
        await using var input = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        using var lines = new StreamReader(input, new UTF8Encoding(false));
        await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        for (var row = 1; await lines.ReadLineAsync(cancellation) is { } line; row++)
        {
            if (line.Length == 0) continue;
            try
            {
                await output.WriteLineAsync(answer(line).AsMemory(), cancellation);
                await output.FlushAsync(cancellation);
            }
            catch (FormatException wrong)
            {
                throw new CommandFailure(ExitCode.Usage, $"`{path}`:{row}: {wrong.Message}");
            }
        }
    }
}
