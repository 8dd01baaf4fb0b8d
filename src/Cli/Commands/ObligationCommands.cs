using System.CommandLine;
using System.Globalization;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate obligation</c>: what the gate owes, and dead letters.</summary>
internal static class ObligationCommands
{
    public static Command Make() => new("obligation", "statuses, comments and dispatches that the gate owes") { List(), Retry() };

    private static Command List()
    {
        var state = new Option<string?>("--state") { Description = "waiting, claimed, unclear, discharged, superseded or dead" };
        return new Command("list", "list obligations, newest first") { state }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var answer = await client.GetAsync($"obligations{ChangeCommands.Query(("state", parsed.GetValue(state)))}", cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else
            {
                Terminal.Table(
                    ["ID", "STATE", "KIND", "TRIES", "WHAT", "NOTE"],
                    [.. answer.List("items").Select(item => new[]
                    {
                        item.Text("id"), item.Text("state"), item.Text("kind"), item.Text("attempts"), item.Text("what"), item.Text("note"),
                    })]);
            }

            return ExitCode.Ok;
        });
    }

    private static Command Retry()
    {
        var id = new Argument<long>("id") { Description = "the obligation's id" };
        return new Command("retry", "try a dead obligation again") { id }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var wanted = parsed.GetRequiredValue(id).ToString(CultureInfo.InvariantCulture);
            await client.PostAsync($"obligations/{wanted}/retry", null, cancellation);
            Terminal.Line($"obligation {wanted} will be tried again");
            return ExitCode.Ok;
        });
    }
}
