using System.CommandLine;

namespace GitOpsGate.Cli;

/// <summary>The options that every command knows.</summary>
internal static class Common
{
    public static Option<string> Gateway { get; } = new("--gateway")
    {
        Description = "the gateway's address [env: GATE_URL]",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("GATE_URL") ?? "http://127.0.0.1:8080",
        Recursive = true,
    };

    public static Option<string?> Token { get; } = new("--token")
    {
        Description = "an access token [env: GATE_TOKEN]",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "print JSON, for programs", Recursive = true };

    public static Option[] All { get; } = [Gateway, Token, Json];

    /// <summary>A client of the gateway that the options name.</summary>
    public static GateClient Client(ParseResult parsed) => new(
        parsed.GetRequiredValue(Gateway), parsed.GetValue(Token) ?? Environment.GetEnvironmentVariable("GATE_TOKEN"));

    /// <summary>A command whose work is asynchronous and ends in an exit code.</summary>
    public static Command Does(this Command command, Func<ParseResult, CancellationToken, Task<int>> work)
    {
        command.SetAction(work);
        return command;
    }
}
