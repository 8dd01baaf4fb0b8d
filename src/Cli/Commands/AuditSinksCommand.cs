using System.CommandLine;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate audit sinks</c>: where entries are copied to, and how far each sink has come.</summary>
internal static class AuditSinksCommand
{
    public static Command Make() =>
        new Command("sinks", "where entries are copied to; ends with 1 when the last attempt of one failed").Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var answer = await client.GetAsync("audit/sinks", cancellation);
            var sinks = answer.List("items");
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else if (sinks.Length == 0) Terminal.Line("no sink is configured; `audit: sinks:` in gate.yaml names them");
            else Terminal.Table(["SINK", "KIND", "VIEW", "BEHIND", "ACKNOWLEDGED", "TROUBLE"], [.. sinks.Select(sink => new[]
            {
                sink.Text("name"), sink.Text("kind"), sink.Text("view"), sink.Text("lag"), Terminal.Moment(sink.Member("keptAt")), sink.Text("trouble"),
            })]);
            return sinks.Any(sink => sink.Text("trouble").Length > 0) ? ExitCode.No : ExitCode.Ok;
        });
}
