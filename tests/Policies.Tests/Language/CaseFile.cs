using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Values;
using Xunit;

namespace GitOpsGate.Policies.Tests.Language;

/// <summary>
/// Cases written as text: a line <c>=== A sentence</c>, then <c>query:</c>, <c>input:</c>, <c>data:</c>, <c>want:</c> or
/// <c>error:</c>
/// lines, then the module. No <c>want</c> and no <c>error</c> means undefined.
/// </summary>
internal sealed record CaseFile(string Name, string Module)
{
    public string Query { get; private set; } = "data.test.p";

    public string? Input { get; private set; }

    public string? Data { get; private set; }

    public string? Want { get; private set; }

    public string? Error { get; private set; }

    public static IEnumerable<CaseFile> Read(string path)
    {
        foreach (var block in File.ReadAllText(path).Split("=== ", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = block.Split('\n');
            var start = Array.FindIndex(lines, l => l.StartsWith("package", StringComparison.Ordinal));
            var made = new CaseFile(lines[0].Trim(), string.Join('\n', lines[start..]));
            foreach (var line in lines[1..start]) made.Take(line);
            yield return made;
        }
    }

    /// <summary>The answer as text: JSON, <c>undefined</c>, or the code and message of the error.</summary>
    public string Run()
    {
        var data = Data is null ? default : RegoJson.Parse(Data);
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("case.rego", Module)], data, RegoOptions.Default);
        if (engine is null) return Text(errors[0]);
        var (query, wrong) = engine.Prepare($"x = {Query}");
        if (query is null) return Text(wrong[0]);
        var (answers, error) = query.Evaluate(
            Input is null ? default : RegoJson.Parse(Input), TestContext.Current.CancellationToken);
        if (error is not null) return Text(error);
        return answers.Count == 0 ? "undefined" : RegoJson.ToText(answers[0]["x"]);
    }

    private static string Text(RegoError error) => $"{error.Code}: {error.Message}";

    private void Take(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return;
        var value = line[(colon + 1)..].Trim();
        switch (line[..colon])
        {
            case "query":
                Query = value;
                break;
            case "input":
                Input = value;
                break;
            case "data":
                Data = value;
                break;
            case "want":
                Want = value;
                break;
            case "error":
                Error = value;
                break;
            default:
                throw new FormatException($"`{line}` is no line of a case");
        }
    }
}
