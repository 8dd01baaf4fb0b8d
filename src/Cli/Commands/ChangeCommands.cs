using System.CommandLine;
using System.Text.Json;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate change</c>: what waits, on whom, since when.</summary>
internal static class ChangeCommands
{
    public static Command Make() => new("change", "change requests and how they stand") { List(), Show(), Unmanaged(), Adopt() };

    private static Command List()
    {
        var state = new Option<string?>("--state") { Description = "open, merged or closed (default open)", DefaultValueFactory = _ => "open" };
        var verdict = new Option<string?>("--verdict") { Description = "denied, errored, held or allowed" };
        var repository = new Option<string?>("--repository") { Description = "only this repository, for instance `acme/shop`" };
        return new Command("list", "list change requests, those that wait longest first") { state, verdict, repository }
            .Does(async (parsed, cancellation) =>
            {
                using var client = Common.Client(parsed);
                var query = Query(
                    ("state", parsed.GetValue(state)), ("verdict", parsed.GetValue(verdict)), ("repository", parsed.GetValue(repository)));
                var answer = await client.GetAsync($"changes{query}", cancellation);
                if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
                else Print(answer.List("items"));
                return ExitCode.Ok;
            });
    }

    private static Command Show()
    {
        var key = new Argument<string>("change") { Description = "a change request as `connection:owner/name#number`" };
        return new Command("show", "show one change request and its latest ruling") { key }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var answer = await client.GetAsync(Address(parsed.GetRequiredValue(key)), cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Print(answer);
            return ExitCode.Ok;
        });
    }

    private static Command Unmanaged() =>
        new Command("unmanaged", "list pushes to guarded branches that no ruling covers, newest first").Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var answer = await client.GetAsync("audit/unmanaged", cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else
            {
                foreach (var held in (await client.GetAsync("branches/held", cancellation)).List("items"))
                {
                    Terminal.Line(
                        $"held back: nothing is dispatched from `{held.Text("branch")}` of {held.Text("repository")} since {Terminal.Moment(held.Member("heldSince"))}; "
                        + $"revert what went past the gate, or `gate change adopt {held.Text("repository")} {held.Text("branch")} {held.Text("tip")} --reason …`");
                }

                Terminal.Table(
                    ["WHEN", "REPOSITORY", "AFTER", "AUDIT", "WHAT"],
                    [.. answer.List("items").Select(item => new[]
                    {
                        Terminal.Moment(item.Member("at")), item.Text("repository"), item.Text("after"), item.Text("auditIndex"),
                        item.Member("finding").Text("message"),
                    })]);
            }

            return ExitCode.Ok;
        });

    private static Command Adopt()
    {
        var repository = new Argument<string>("repository") { Description = "a repository as `connection:owner/name`" };
        var branch = new Argument<string>("branch") { Description = "the held branch" };
        var commit = new Argument<string>("commit") { Description = "its tip as `gate change unmanaged` names it: the full commit id" };
        var reason = new Option<string>("--reason", "-r") { Description = "why, for those who review it later", Required = true };
        return new Command("adopt", "take a held branch as covered up to its tip; dispatches nothing by itself") { repository, branch, commit, reason }
            .Does(async (parsed, cancellation) =>
            {
                using var client = Common.Client(parsed);
                var request = new
                {
                    repository = parsed.GetRequiredValue(repository),
                    branch = parsed.GetRequiredValue(branch),
                    commit = parsed.GetRequiredValue(commit),
                    reason = parsed.GetRequiredValue(reason),
                };
                var answer = await client.PostAsync("branches/adopt", JsonSerializer.Serialize(request), cancellation);
                if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
                else Terminal.Line($"`{answer.Text("branch")}` of {answer.Text("repository")} counts as covered up to {answer.Text("covered")}; the next covered merge is dispatched");
                return ExitCode.Ok;
            });
    }

    private static void Print(JsonElement[] items)
    {
        if (items.Length == 0) Terminal.Line("no change request matches");
        else
        {
            Terminal.Table(
                ["CHANGE", "VERDICT", "SINCE", "TITLE", "SUMMARY"],
                [.. items.Select(item => new[]
                {
                    item.Text("key"), item.Member("ruling").Text("verdict"), Terminal.Moment(item.Member("waitingSince")), item.Text("title"),
                    item.Member("ruling").Text("summary"),
                })]);
        }
    }

    private static void Print(JsonElement change)
    {
        Terminal.Fact("change", $"{change.Text("key")}  {change.Text("title")}");
        Terminal.Fact("page", change.Text("url"));
        Terminal.Fact("state", change.Text("state"));
        Terminal.Fact("branches", $"{change.Text("sourceBranch")} → {change.Text("targetBranch")}");
        Terminal.Fact("head", change.Text("head"));
        if (change.Member("ruling").ValueKind == JsonValueKind.Object) RulingCommands.Print(change.Member("ruling"));
        else Terminal.Fact("ruling", "none yet");
    }

    /// <summary>The API's address of a change request written as <c>connection:owner/name#number</c>.</summary>
    private static string Address(string key)
    {
        var (colon, hash) = (key.IndexOf(':', StringComparison.Ordinal), key.LastIndexOf('#'));
        if (colon < 1 || hash < colon + 2 || !long.TryParse(key.AsSpan(hash + 1), out var number))
        {
            throw new CommandFailure(ExitCode.Usage, $"`{key}` is not a change request; it would be like `github:acme/shop#7`");
        }

        return $"changes/{Uri.EscapeDataString(key[..colon])}/{number}?repository={Uri.EscapeDataString(key[(colon + 1)..hash])}";
    }

    /// <summary>A query string of the values that are given.</summary>
    internal static string Query(params (string Name, string? Value)[] values)
    {
        var given = values.Where(value => value.Value is { Length: > 0 }).Select(value => $"{value.Name}={Uri.EscapeDataString(value.Value!)}");
        var joined = string.Join('&', given);
        return joined.Length == 0 ? "" : $"?{joined}";
    }
}
