using System.CommandLine;
using System.CommandLine.Invocation;
using GitOpsGate.Cli;
using GitOpsGate.Cli.Commands;

var root = new RootCommand(
    """
    gate: ask a GitOps Gate, and check policies, configuration and deliveries offline.

    Exit codes: 0 done · 1 the answer is no (a test failed, a log does not verify, a file has problems) · 2 the command line or a
    file it names cannot be used · 3 the gateway could not be reached or refused · 4 a fault of this program.
    """);
foreach (var option in Common.All) root.Add(option);
foreach (var command in new Command[]
{
    ConnectCommand.Make(), ConnectCommand.MakeUndo(), DoctorCommand.Make(), ChangeCommands.Make(), RulingCommands.Make(), DeliveryCommands.Make(), ObligationCommands.Make(),
    PolicyCommands.Make(), AuditCommands.Make(), ConfigCommands.Make(), StatusCommand.Make(), TokenCommands.Make(),
    SecretCommands.Make(), PrivacyCommands.Make(), WitnessCommand.Make(), AttestationCommands.Make(),
})
{
    root.Add(command);
}

try
{
    var parsed = root.Parse(args);
    var code = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    // The library says 1 for a command line that it cannot read, which here is the answer "no".
    return parsed.Action is ParseErrorAction ? ExitCode.Usage : code;
}
catch (CommandFailure failure)
{
    await Console.Error.WriteLineAsync($"gate: {failure.Message}");
    return failure.ExitCode;
}
catch (OperationCanceledException)
{
    return ExitCode.Fault;
}
catch (Exception fault)
{
    await Console.Error.WriteLineAsync($"gate: a fault of this program: {fault}");
    return ExitCode.Fault;
}
