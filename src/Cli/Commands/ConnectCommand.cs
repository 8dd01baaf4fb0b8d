using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Setup;

namespace GitOpsGate.Cli.Commands;

/// <summary>
/// <c>gate connect</c> and <c>gate disconnect</c>: the gateway sets repositories up, or takes that back; one, an owner's, or a file's.
/// </summary>
internal static class ConnectCommand
{
    public static Command Make() =>
        new Command("connect", "set repositories up: webhook, required status, rules; running it again mends, and never makes a second one")
        {
            ConnectOptions.Connection, ConnectOptions.Repositories, ConnectOptions.Owner, ConnectOptions.File, ConnectOptions.HookOnly,
            ConnectOptions.Branches, ConnectOptions.Starter, ConnectOptions.DryRun,
        }.Does((parsed, cancellation) => EachAsync(parsed, "repositories", cancellation));

    public static Command MakeUndo() =>
        new Command("disconnect", "take the webhook away from repositories, and the requirement of the gate's status")
        {
            ConnectOptions.Connection, ConnectOptions.Repositories, ConnectOptions.Owner, ConnectOptions.File, ConnectOptions.Branches,
            ConnectOptions.DryRun,
        }.Does((parsed, cancellation) => EachAsync(parsed, "disconnect", cancellation));

    private static async Task<int> EachAsync(ParseResult parsed, string act, CancellationToken cancellation)
    {
        using var client = Common.Client(parsed);
        var connection = $"connections/{Uri.EscapeDataString(parsed.GetRequiredValue(ConnectOptions.Connection))}";
        var wanted = await WantedAsync(parsed, client, connection, cancellation);
        var answers = new List<JsonElement>();
        var failed = 0;
        foreach (var repository in wanted)
        {
            try
            {
                var answer = await client.PostAsync($"{connection}/{act}", BodyFor(parsed, repository), cancellation);
                answers.Add(answer);
                if (answer.List("troubles").Length > 0) failed++;
                if (!parsed.GetValue(Common.Json)) Show(repository, answer);
            }
            catch (CommandFailure failure) when (wanted.Count > 1)
            {
                // One repository that cannot be set up must not keep the others from it.
                failed++;
                if (!parsed.GetValue(Common.Json)) Terminal.Line($"{repository}: FAIL {failure.Message}");
                else answers.Add(JsonSerializer.SerializeToElement(new JsonObject { ["repository"] = repository, ["error"] = failure.Message }));
            }
        }

        if (parsed.GetValue(Common.Json)) Terminal.Json(wanted.Count == 1 ? answers[0] : JsonSerializer.SerializeToElement(answers));
        else if (wanted.Count > 1) Terminal.Line($"{wanted.Count} repositories, {failed} not as asked");
        return failed == 0 ? ExitCode.Ok : ExitCode.No;
    }

    private static async Task<List<string>> WantedAsync(ParseResult parsed, GateClient client, string connection, CancellationToken cancellation)
    {
        var wanted = new List<string>(parsed.GetValue(ConnectOptions.Repositories) ?? []);
        if (parsed.GetValue(ConnectOptions.Owner) is { } owner)
        {
            var answer = await client.GetAsync($"{connection}/repositories?owner={Uri.EscapeDataString(owner)}", cancellation);
            wanted.AddRange(answer.List("items").Select(item => item.Text("repository")));
        }

        if (parsed.GetValue(ConnectOptions.File) is { } file)
        {
            wanted.AddRange((await LinesAsync(file, cancellation)).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'));
        }

        wanted = [.. wanted.Distinct(StringComparer.Ordinal)];
        return wanted.Count > 0
            ? wanted
            : throw new CommandFailure(ExitCode.Usage, "name a repository, for instance `acme/shop`, or give --owner or --file");
    }

    private static async Task<string[]> LinesAsync(string file, CancellationToken cancellation)
    {
        try
        {
            return file == "-"
                ? (await Console.In.ReadToEndAsync(cancellation)).Split('\n')
                : await File.ReadAllLinesAsync(file, cancellation);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{file}` cannot be read: {trouble.Message}");
        }
    }

    private static string BodyFor(ParseResult parsed, string repository) => new JsonObject
    {
        ["repository"] = repository,
        ["protect"] = !parsed.GetValue(ConnectOptions.HookOnly),
        ["starter"] = parsed.GetValue(ConnectOptions.Starter),
        ["dryRun"] = parsed.GetValue(ConnectOptions.DryRun),
        ["branches"] = new JsonArray([.. (parsed.GetValue(ConnectOptions.Branches) ?? []).Select(branch => (JsonNode)branch)]),
    }.ToJsonString();

    private static void Show(string repository, JsonElement answer)
    {
        Terminal.Line($"{Did(answer.Text("hook"))} `{repository}`{(answer.Text("hookId") is { Length: > 0 } id ? $" (hook {id})" : "")}");
        if (answer.Text("tested") == "true") Terminal.Line("  the forge was asked for a test delivery; `gate delivery list` shows it");
        foreach (var branch in answer.List("branches")) Terminal.Line($"  branch `{branch.Text("branch")}`: {Guard(branch, answer.Text("dryRun") == "true")}");
        if (answer.Text("proposal") is { Length: > 0 } proposal) Terminal.Line($"  rules: {proposal}");
        foreach (var advice in answer.List("advice")) Terminal.Line($"  to do: {advice.GetString()}");
        foreach (var trouble in answer.List("troubles")) Terminal.Line($"  FAIL {trouble.GetString()}");
    }

    private static string Did(string step) =>
        Enum.TryParse<HookStep>(step.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var known)
            ? SetupWords.Of(known)
            : $"webhook {step}:";

    private static string Guard(JsonElement branch, bool isDryRun) => SetupWords.Of(
        new BranchGuard(
            branch.Text("branch"), branch.Text("isRequired") == "true", branch.Text("isBoundToUs") == "true",
            branch.Text("isWithoutBypass") == "true", branch.Text("by"), branch.Text("isChanged") == "true"),
        isDryRun);
}
