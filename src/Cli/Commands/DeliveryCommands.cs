using System.CommandLine;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate delivery</c>: webhook calls that passed the door, and what a reader makes of one.</summary>
internal static class DeliveryCommands
{
    public static Command Make() => new("delivery", "webhook deliveries") { List(), Replay(), DeliveryReadCommand.Make() };

    private static Command List()
    {
        var state = new Option<string?>("--state") { Description = "waiting, inHand, dead, unreadable, ignored or done" };
        var connection = new Option<string?>("--connection") { Description = "only this connection" };
        return new Command("list", "list deliveries, newest first") { state, connection }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var query = ChangeCommands.Query(("state", parsed.GetValue(state)), ("connection", parsed.GetValue(connection)));
            var answer = await client.GetAsync($"deliveries{query}", cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else
            {
                Terminal.Table(
                    ["ID", "RECEIVED", "CONNECTION", "EVENT", "STATE", "NOTE"],
                    [.. answer.List("items").Select(item => new[]
                    {
                        item.Text("id"), Terminal.Moment(item.Member("receivedAt")), item.Text("connection"), item.Text("event"),
                        item.Text("state"), item.Text("note"),
                    })]);
            }

            return ExitCode.Ok;
        });
    }

    private static Command Replay()
    {
        var id = new Argument<string>("id") { Description = "the delivery's id" };
        return new Command("replay", "walk a stored delivery through the gate again") { id }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            await client.PostAsync($"deliveries/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/replay", null, cancellation);
            Terminal.Line($"delivery {parsed.GetRequiredValue(id)} waits again");
            return ExitCode.Ok;
        });
    }
}
