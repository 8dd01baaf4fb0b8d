using System.CommandLine;
using System.Text.Json;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate audit key</c>: the keys that the log's checkpoints are signed with.</summary>
internal static class AuditKeyCommands
{
    public static Command Make() => new("key", "the keys that the log's checkpoints are signed with") { List(), Rotate(), Revoke() };

    private static Command List() => new Command("list", "the keys, for which sizes of the log each counts, and which of them sign").Does(async (parsed, cancellation) =>
    {
        using var client = Common.Client(parsed);
        var answer = await client.GetAsync("audit/keys", cancellation);
        if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
        else Terminal.Table(["ID", "ALGORITHM", "FROM", "TO", "SIGNS", "KEY"], [.. answer.List("items").Select(Row)]);
        return ExitCode.Ok;
    });

    private static Command Rotate() => new Command("rotate", "make a new key, which signs beside the others from now on").Does(async (parsed, cancellation) =>
    {
        using var client = Common.Client(parsed);
        var answer = await client.PostAsync("audit/keys/rotate", null, cancellation);
        if (parsed.GetValue(Common.Json))
        {
            Terminal.Json(answer);
        }
        else
        {
            Terminal.Line($"made {answer.Text("vkey")}, valid from {answer.Text("from")} entries on");
            Terminal.Line("Give it to everybody who checks the log, copy its file, and end the old one with `gate audit key revoke` when all have it.");
        }

        return ExitCode.Ok;
    });

    private static Command Revoke()
    {
        var id = new Argument<string>("id") { Description = "the key's id, as `gate audit key list` shows it" };
        var reason = new Option<string>("--reason") { Description = "why; it stands in the log", Required = true };
        var last = new Option<long?>("--last-good")
        {
            Description = "the largest size of the log that the key's signature counts for: for a stolen key, the last one that is surely yours (default: all until now)",
        };
        return new Command("revoke", "end a key: what it signs from now on counts for nobody") { id, reason, last }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var body = JsonSerializer.Serialize(new Dictionary<string, object?> { ["reason"] = parsed.GetRequiredValue(reason), ["last"] = parsed.GetValue(last) });
            var answer = await client.PostAsync($"audit/keys/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/revoke", body, cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Terminal.Line($"ended {answer.Text("id")}: it counts for {answer.Text("from")} to {answer.Text("to")} entries");
            return ExitCode.Ok;
        });
    }

    private static string[] Row(JsonElement one) =>
        [one.Text("id"), one.Text("algorithm"), one.Text("from"), one.Text("to"), one.Text("signs") == "true" ? "yes" : "no", one.Text("vkey")];
}
