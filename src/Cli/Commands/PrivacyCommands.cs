using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate privacy</c>: what the log keeps sealed about people, opened and erased.</summary>
internal static class PrivacyCommands
{
    public static Command Make() => new("privacy", "what the audit log keeps sealed about people")
    {
        Open(), Erase(), Hold("hold", "have a person's erasure wait: a legal hold"), Hold("release", "end a legal hold"),
    };

    private static Command Open()
    {
        var index = new Argument<long>("entry") { Description = "the entry's place in the log, as `gate audit tail` shows it" };
        return new Command("open", "open the sealed sections of an entry; that you did so is recorded") { index }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var body = string.Create(CultureInfo.InvariantCulture, $$"""{"index":{{parsed.GetRequiredValue(index)}}}""");
            var answer = await client.PostAsync("privacy/open", body, cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else if (answer.List("sections").Length == 0) Terminal.Line("the entry has no sealed section");
            else Terminal.Table(["SECTION", "TEXT"], [.. answer.List("sections").Select(Row)]);
            return ExitCode.Ok;
        });
    }

    private static string[] Row(JsonElement section) =>
        [section.Text("name"), section.Text("withheld") is { Length: > 0 } why ? $"withheld: {why}" : section.Text("text")];

    private static Command Erase()
    {
        var (subject, reason) = (Subject(), Reason());
        var basis = new Option<string?>("--basis") { Description = "the legal basis in a word (default gdpr-17-1); it stands in the log for ever" };
        return new Command("erase", "ask for a person's erasure, or confirm what another admin asked for") { subject, reason, basis }
            .Does(async (parsed, cancellation) =>
            {
                var answer = await SendAsync(
                    parsed, "erase", (parsed.GetRequiredValue(subject), parsed.GetRequiredValue(reason), parsed.GetValue(basis)), cancellation);
                if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
                else Tell(answer);
                return ExitCode.Ok;
            });
    }

    private static void Tell(JsonElement answer)
    {
        if (answer.Text("state") == "requested")
        {
            Terminal.Line($"the erasure of `{answer.Text("reference")}` is asked for; it is done when another admin gives the same command");
            return;
        }

        var done = answer.Member("done");
        Terminal.Line(
            $"`{answer.Text("reference")}` is erased: {done.Text("boxes")} sealed sections, {done.Text("deliveries")} webhooks, "
            + $"{done.Text("evidence")} rulings' evidence, {done.Text("rewritten")} rows rewritten");
        if (done.Text("left") != "0") Terminal.Line($"{done.Text("left")} rows still hold the name as a part of a repository's or branch's");
    }

    private static Command Hold(string name, string description)
    {
        var (subject, reason) = (Subject(), Reason());
        return new Command(name, description) { subject, reason }.Does(async (parsed, cancellation) =>
        {
            var answer = await SendAsync(parsed, name, (parsed.GetRequiredValue(subject), parsed.GetRequiredValue(reason), null), cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Terminal.Line($"`{answer.Text("reference")}` is {(answer.Text("isHeld") == "true" ? "held: nobody erases it" : "held no more")}");
            return ExitCode.Ok;
        });
    }

    private static Argument<string> Subject() =>
        new("subject") { Description = "the reference `a_…`, or a forge and a login or id: `github:alice`" };

    private static Option<string> Reason() => new("--reason", "-r") { Description = "why, for those who review it later; sealed", Required = true };

    private static async Task<JsonElement> SendAsync(
        ParseResult parsed, string path, (string Subject, string Reason, string? Basis) said, CancellationToken cancellation)
    {
        using var client = Common.Client(parsed);
        var body = JsonSerializer.Serialize(new { subject = said.Subject, reason = said.Reason, basis = said.Basis });
        return await client.PostAsync($"privacy/{path}", body, cancellation);
    }
}
