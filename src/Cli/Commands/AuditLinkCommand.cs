using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate audit link</c>: lets an auditor read the evidence of a period, and takes that back.</summary>
internal static class AuditLinkCommand
{
    private const string Links = "audit/links";

    public static Command Make()
    {
        var name = new Option<string>("--name") { Description = "who gets it, for people", DefaultValueFactory = _ => "auditor" };
        var from = new Option<string?>("--from") { Description = "the period's first instant: a day (2026-01-31) or an instant in UTC (…T08:00:00Z)" };
        var to = new Option<string?>("--to") { Description = "the instant after the period, likewise" };
        var environment = new Option<string?>("--environment") { Description = "report deployments to this environment alone" };
        var expires = new Option<string>("--expires") { Description = "for how many days it is open, for instance 30d (at most 365d)", DefaultValueFactory = _ => "30d" };
        var link = new Command("link", "let an auditor read the evidence of a period; the token is printed once and kept nowhere")
        {
            name, from, to, environment, expires, List(), Revoke(),
        };
        return link.Does(async (parsed, cancellation) =>
        {
            var fields = new Dictionary<string, object>
            {
                ["name"] = parsed.GetRequiredValue(name),
                ["from"] = AuditExportCommand.Moment("--from", parsed.GetValue(from) ?? ""),
                ["to"] = AuditExportCommand.Moment("--to", parsed.GetValue(to) ?? ""),
                ["days"] = Days(parsed.GetRequiredValue(expires)),
            };
            if (parsed.GetValue(environment) is { } one) fields["environment"] = one;
            using var client = Common.Client(parsed);
            var answer = await client.PostAsync(Links, JsonSerializer.Serialize(fields), cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Print(answer);
            return ExitCode.Ok;
        });
    }

    // The secret does not stand in the address: addresses come to lie in histories and logs.
    private static void Print(JsonElement made)
    {
        Terminal.Fact("address", made.Text("address"));
        Terminal.Fact("token", made.Text("token"));
        Terminal.Fact("reference", $"{made.Text("reference")}, open until {Terminal.Moment(made.Member("expiresAt"))}");
        Terminal.Line("give the auditor both by different ways; `gate audit link revoke REFERENCE` closes it");
    }

    private static Command List() => new Command("list", "the links that were given out, newest first; never their tokens").Does(async (parsed, cancellation) =>
    {
        using var client = Common.Client(parsed);
        var answer = await client.GetAsync(Links, cancellation);
        if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
        else Terminal.Table(["REFERENCE", "NAME", "STATE", "FROM", "TO", "ENVIRONMENT", "EXPIRES"], [.. answer.List("items").Select(Row)]);
        return ExitCode.Ok;
    });

    private static string[] Row(JsonElement link) =>
    [
        link.Text("reference"), link.Text("name"), link.Text("state"), Terminal.Moment(link.Member("from")), Terminal.Moment(link.Member("to")),
        link.Text("environment"), Terminal.Moment(link.Member("expiresAt")),
    ];

    private static Command Revoke()
    {
        var reference = new Argument<string>("reference") { Description = "the link's reference, as `list` shows it" };
        return new Command("revoke", "take a link back at once") { reference }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var answer = await client.DeleteAsync($"{Links}/{Uri.EscapeDataString(parsed.GetRequiredValue(reference))}", cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Terminal.Line($"revoked `{answer.Text("reference")}`");
            return ExitCode.Ok;
        });
    }

    private static int Days(string text) =>
        text.EndsWith('d') && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            ? days
            : throw new CommandFailure(ExitCode.Usage, $"--expires: `{text}` is no number of days; `30d` would be right");
}
