using System.Collections.Immutable;
using System.CommandLine;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Witnesses;

namespace GitOpsGate.Cli;

/// <summary>The file that says whom an auditor trusts (C2SP tlog-policy).</summary>
internal static class PolicyFile
{
    /// <summary>Names it.</summary>
    public static Option<FileInfo?> Option => new("--policy")
    {
        Description = "whose cosignatures you ask for (C2SP tlog-policy), known from elsewhere; its log is the one without --key",
    };

    /// <summary>Reads it.</summary>
    public static TrustPolicy Read(FileInfo file)
    {
        try
        {
            return TrustPolicy.Parse(File.ReadAllText(file.FullName));
        }
        catch (FormatException trouble)
        {
            throw new CommandFailure(ExitCode.Usage, $"--policy: {trouble.Message}");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"--policy: `{file.Name}` cannot be read: {trouble.Message}");
        }
    }

    /// <summary>The keys of the one log that a policy names.</summary>
    public static LogKeys KeysOf(TrustPolicy? policy)
    {
        if (policy is null) throw new CommandFailure(ExitCode.Usage, "`--key` is missing; the log's key, or `--policy` with a file that names the log, would be right");
        ImmutableArray<string> names = [.. policy.Logs.Select(key => key.Name).Distinct(StringComparer.Ordinal)];
        return names is [var origin]
            ? new LogKeys(origin, [.. policy.Logs.Select(key => new LogKey(key))])
            : throw new CommandFailure(ExitCode.Usage, $"--policy: it names {names.Length} logs; say with `--key` which one it is");
    }
}
