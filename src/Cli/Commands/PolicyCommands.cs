using System.CommandLine;

namespace GitOpsGate.Cli.Commands;

/// <summary><c>gate policy</c>: policies, offline, with the engine of the gateway.</summary>
internal static class PolicyCommands
{
    public static Command Make() => new("policy", "check, format, try, test, measure and pack policies; needs no gateway")
    {
        PolicyCheckCommand.Make(), PolicyEvalCommand.Make(), PolicyTestCommand.Make(), PolicyBuildCommand.Make(),
        PolicyFmtCommand.Make(), PolicyParseCommand.Make(), PolicyParseCommand.MakeCapabilities(), PolicyBenchCommand.Make(), PolicySuiteCommand.Make(),
    };
}
