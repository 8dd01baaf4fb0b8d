using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate secret</c>: the secrets that <c>gate.yaml</c> names as <c>stored:NAME</c>.</summary>
internal static class SecretCommands
{
    private const int Longest = 64 * 1024;

    public static Command Make() => new("secret", "secrets that the gateway keeps sealed; `stored:NAME` in gate.yaml names one")
    {
        Set(), List(), Remove(),
    };

    private static Command Set()
    {
        var name = new Argument<string>("name") { Description = "its name, as gate.yaml has it behind `stored:`" };
        return new Command("set", "store a secret, read from the standard input or asked for; it counts at once") { name }
            .Does(async (parsed, cancellation) =>
            {
                // Never an argument: other people's `ps` shows those.
                var value = Console.IsInputRedirected ? await ReadAsync(cancellation) : Ask();
                if (value.Length == 0) throw new CommandFailure(ExitCode.Usage, "the secret is empty; give it on the standard input");
                using var client = Common.Client(parsed);
                var body = JsonSerializer.Serialize(new Dictionary<string, string> { ["value"] = value });
                var answer = await client.PutAsync(AddressOf(parsed.GetRequiredValue(name)), body, cancellation);
                if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
                else Terminal.Line($"stored `{answer.Text("name")}`{(answer.Text("isUsed") == "true" ? "" : "; gate.yaml does not name it yet")}");
                return ExitCode.Ok;
            });
    }

    private static Command List() => new Command("list", "the names of the stored secrets, never the secrets").Does(async (parsed, cancellation) =>
    {
        using var client = Common.Client(parsed);
        var answer = await client.GetAsync("secrets", cancellation);
        if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
        else Terminal.Table(["NAME", "STORED", "IN GATE.YAML"], [.. answer.List("items").Select(Row)]);
        return ExitCode.Ok;
    });

    private static string[] Row(JsonElement one) =>
        [one.Text("name"), Terminal.Moment(one.Member("changedAt")), one.Text("isUsed") == "true" ? "yes" : "no"];

    private static Command Remove()
    {
        var name = new Argument<string>("name") { Description = "its name" };
        return new Command("remove", "remove a stored secret; what it signed in cannot sign in any more") { name }
            .Does(async (parsed, cancellation) =>
            {
                using var client = Common.Client(parsed);
                var answer = await client.DeleteAsync(AddressOf(parsed.GetRequiredValue(name)), cancellation);
                if (parsed.GetValue(Common.Json)) Terminal.Json(answer);
                else Terminal.Line($"removed `{answer.Text("name")}`");
                return ExitCode.Ok;
            });
    }

    private static string AddressOf(string name) => $"secrets/{Uri.EscapeDataString(name)}";

    // The line feed that an editor or `echo` leaves behind is no part of a secret; those inside a key are.
    private static async Task<string> ReadAsync(CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        while (await Console.In.ReadAsync(buffer, cancellation) is var count and > 0)
        {
            text.Append(buffer, 0, count);
            if (text.Length > Longest) throw new CommandFailure(ExitCode.Usage, $"a secret has at most {Longest} characters");
        }

        return text.ToString().TrimEnd('\r', '\n');
    }

    private static string Ask()
    {
        Console.Error.Write("secret: ");
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) text.Length = Math.Max(0, text.Length - 1);
            else if (!char.IsControl(key.KeyChar) && text.Length < Longest) text.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return text.ToString();
    }
}
