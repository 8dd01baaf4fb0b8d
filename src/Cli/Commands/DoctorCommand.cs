using System.CommandLine;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate doctor</c>: looks whether the gate can do its work in a repository, and says what to do where it cannot.</summary>
internal static class DoctorCommand
{
    public static Command Make()
    {
        var connection = new Argument<string>("connection") { Description = "a connection of gate.yaml, for instance `github`" };
        var repository = new Argument<string?>("repository")
        {
            Description = "the repository's full name; without it, those that environments of this connection are deployed from",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return new Command("doctor", "look whether the gate can do its work: reach, rights, webhook, deliveries, branch protection, rules")
        {
            connection, repository,
        }.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var query = parsed.GetValue(repository) is { } one ? $"?repository={Uri.EscapeDataString(one)}" : "";
            var answer = await client.GetAsync($"connections/{Uri.EscapeDataString(parsed.GetRequiredValue(connection))}/doctor{query}", cancellation);
            var looks = answer.List("items");
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else
            {
                foreach (var group in looks.GroupBy(look => look.Text("repository")))
                {
                    Terminal.Heading(group.Key);
                    foreach (var look in group)
                    {
                        Terminal.Line($"{Mark(look.Text("state")),-5} {look.Text("name")}: {look.Text("finding")}");
                        foreach (var step in look.List("toDo")) Terminal.Line($"      to do: {step.GetString()}");
                    }
                }
            }

            return looks.Any(look => look.Text("state") == "failed") ? ExitCode.No : ExitCode.Ok;
        });
    }

    private static string Mark(string state) => state switch
    {
        "passed" => "PASS",
        "failed" => "FAIL",
        "warning" => "warn",
        _ => "?",
    };
}
