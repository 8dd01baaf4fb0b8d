namespace GitOpsGate.Cli;

/// <summary>What the process says when it ends; documented in <c>gate --help</c>.</summary>
internal static class ExitCode
{
    /// <summary>Done, and the answer is yes.</summary>
    public const int Ok = 0;

    /// <summary>Done, and the answer is no: tests failed, a log does not verify, a file has problems.</summary>
    public const int No = 1;

    /// <summary>The command line, or a file it names, cannot be used.</summary>
    public const int Usage = 2;

    /// <summary>The gateway could not be reached, or refused.</summary>
    public const int Gateway = 3;

    /// <summary>A fault of this program.</summary>
    public const int Fault = 4;
}

/// <summary>Ends a command with a message for people and an exit code.</summary>
internal sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
