using System.CommandLine;
using System.Text.Json;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate token</c>: access for people and programs.</summary>
internal static class TokenCommands
{
    public static Command Make()
    {
        var name = new Argument<string>("name") { Description = "whose token it is, for people" };
        var role = new Option<string>("--role") { Description = "viewer, operator, admin or agent", DefaultValueFactory = _ => "viewer" };
        role.AcceptOnlyFromAmong("viewer", "operator", "admin", "agent");
        var target = new Option<string>("--target") { Description = "the target that an agent's token is bound to" };
        var create = new Command("create", "make an access token; it is printed once and kept nowhere") { name, role, target };
        create.Does(async (parsed, cancellation) =>
        {
            using var client = Common.Client(parsed);
            var fields = new Dictionary<string, string>
            {
                ["name"] = parsed.GetRequiredValue(name),
                ["role"] = parsed.GetRequiredValue(role),
            };
            if (parsed.GetValue(target) is { } bound) fields["target"] = bound;
            var body = JsonSerializer.Serialize(fields);
            var answer = await client.PostAsync("tokens", body, cancellation);
            if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
            else Terminal.Line(answer.Text("token"));
            return ExitCode.Ok;
        });
        return new Command("token", "access tokens") { create };
    }
}
