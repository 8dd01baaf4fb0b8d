using System.CommandLine;
using System.Text.Json;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate connect</c>: the gateway registers its webhook on a repository, or repairs the one it has.</summary>
internal static class ConnectCommand
{
    public static Command Make()
    {
        var connection = new Argument<string>("connection") { Description = "a connection of the gateway's configuration, for instance `github`" };
        var repository = new Argument<string>("repository") { Description = "the repository's full name, for instance `acme/shop`" };
        return new Command("connect", "register the webhook on a repository; running it again repairs it, and never makes a second one")
        {
            connection, repository,
        }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var body = JsonSerializer.Serialize(new Dictionary<string, string> { ["repository"] = parsed.GetRequiredValue(repository) });
            var answer = await client.PostAsync(
                $"connections/{Uri.EscapeDataString(parsed.GetRequiredValue(connection))}/repositories", body, cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Show(parsed.GetRequiredValue(repository), answer);
            return ExitCode.Ok;
        });
    }

    private static void Show(string repository, JsonElement answer)
    {
        var did = answer.Text("created") == "true" ? "registered" : "already registered, and checked";
        Terminal.Line($"webhook {did} on `{repository}` (hook {answer.Text("hookId")})");
        Terminal.Line(answer.Text("tested") == "true"
            ? "the forge was asked for a test delivery; `gate delivery list` shows it"
            : "the forge has no test delivery; the next event will show in `gate delivery list`");
        foreach (var advice in answer.List("advice")) Terminal.Line($"to do: {advice.GetString()}");
    }
}
