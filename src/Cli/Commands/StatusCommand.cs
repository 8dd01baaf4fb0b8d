using System.CommandLine;
using System.Text.Json;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate status</c>: how many deliveries and obligations stand where.</summary>
internal static class StatusCommand
{
    public static Command Make() => new Command("status", "how the gateway stands: deliveries, obligations, audit log")
        .Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var answer = await client.GetAsync("status", cancellation);
            if (parsed.GetValue(Common.Json))
            {
                Terminal.Json(answer);
                return ExitCode.Ok;
            }

            Terminal.Fact("deliveries", Counts(answer.Member("deliveries")));
            Terminal.Fact("obligations", Counts(answer.Member("obligations")));
            Terminal.Fact("audit log", $"{answer.Text("auditSize")} entries");
            return ExitCode.Ok;
        });

    private static string Counts(JsonElement counts) => counts.ValueKind != JsonValueKind.Object || !counts.EnumerateObject().Any()
        ? "none"
        : string.Join(", ", counts.EnumerateObject().Select(count => $"{count.Value.GetRawText()} {count.Name}"));
}
