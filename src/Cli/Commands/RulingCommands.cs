using System.CommandLine;
using System.Text.Json;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate ruling</c>: one ruling and its reasons.</summary>
internal static class RulingCommands
{
    public static Command Make()
    {
        var id = new Argument<string>("id") { Description = "the ruling's id" };
        var show = new Command("show", "show one ruling: its reasons, what is missing and the way to green") { id };
        show.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var answer = await client.GetAsync($"rulings/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Print(answer);
            return ExitCode.Ok;
        });
        return new Command("ruling", "rulings and their reasons") { show, Replay(), AttestCommand.Make() };
    }

    private static Command Replay()
    {
        var id = new Argument<string>("id") { Description = "the ruling's id" };
        var replay = new Command(
            "replay", "make a ruling again from its stored evidence, rules and bundles, and compare every byte; exit code 1 when one differs") { id };
        replay.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var answer = await client.GetAsync($"rulings/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/replay", cancellation);
            var isSame = answer.Member("same").ValueKind == JsonValueKind.True;
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else PrintReplay(answer, isSame);
            return isSame ? ExitCode.Ok : ExitCode.No;
        });
        return replay;
    }

    private static void PrintReplay(JsonElement replay, bool isSame)
    {
        Terminal.Fact("verdict", isSame ? $"{replay.Text("verdict")}, again" : $"{replay.Text("verdict")} then, {replay.Text("again")} now");
        Terminal.Fact("evidence", $"sha256:{replay.Text("evidenceDigest")}");
        Terminal.Fact("compared", $"ruling, evidence, audit entry {replay.Text("auditIndex")}: {(isSame ? "the same bytes" : "not the same")}");
        PrintList("differences", replay.List("differences"), difference => difference.GetString() ?? "");
    }

    /// <summary>Prints a ruling, the determining reasons first.</summary>
    internal static void Print(JsonElement ruling)
    {
        Terminal.Fact("verdict", $"{ruling.Text("verdict")}  {ruling.Text("summary")}");
        Terminal.Fact("ruling", $"{ruling.Text("id")}, {Terminal.Moment(ruling.Member("ruledAt"))}, audit entry {ruling.Text("auditIndex")}");
        PrintList("reasons", ruling.List("findings"), Describe);
        PrintList("approvals", ruling.List("requirements"), requirement =>
            $"{requirement.Text("state"),-9} {requirement.Text("rule")}: {requirement.Text("sentence")}");
        PrintList("way to green", ruling.List("wayToGreen"), step => step.GetString() ?? "");
        PrintList("bundles", ruling.List("bundles"), bundle =>
            $"{bundle.Text("name")} ({bundle.Text("engine")}) {bundle.Text("revision")}");
    }

    private static string Describe(JsonElement finding)
    {
        var place = finding.Member("place");
        var where = place.ValueKind != JsonValueKind.Object ? ""
            : place.Text("line") is "0" or "" ? $" [{place.Text("file")}]" : $" [{place.Text("file")}:{place.Text("line")}]";
        var mode = finding.Text("mode") is "enforce" or "" ? "" : $" ({finding.Text("mode")} only)";
        return $"{finding.Text("weight"),-8} {finding.Text("rule")}: {finding.Text("message")}{where}{mode}";
    }

    private static void PrintList(string heading, JsonElement[] items, Func<JsonElement, string> describe)
    {
        if (items.Length == 0) return;
        Terminal.Heading(heading);
        foreach (var item in items) Terminal.Line($"  {describe(item)}");
    }
}
