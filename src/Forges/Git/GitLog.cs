using Microsoft.Extensions.Logging;

namespace GitOpsGate.Forges.Git;

internal static partial class GitLog
{
    [LoggerMessage(1401, LogLevel.Debug, "read `{Repository}` from Git in {Milliseconds} ms: {Commits} commits, {Files} files")]
    public static partial void Read(this ILogger log, string repository, long milliseconds, int commits, int files);

    [LoggerMessage(1403, LogLevel.Warning, "a mirror could not write down what keeps its commits: {Why}")]
    public static partial void CannotRest(this ILogger log, string why);

    [LoggerMessage(1402, LogLevel.Information, "exported `{Repository}` at {Commit} in {Milliseconds} ms")]
    public static partial void Exported(this ILogger log, string repository, string commit, long milliseconds);
}
