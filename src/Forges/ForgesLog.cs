using Microsoft.Extensions.Logging;

namespace GitOpsGate.Forges;

/// <summary>The log lines of this room. Paths are logged without their query, bodies and headers never.</summary>
internal static partial class ForgesLog
{
    [LoggerMessage(1, LogLevel.Debug, "{Connection}: {Method} {Path} answered {Status} in {Milliseconds} ms")]
    public static partial void Answered(
        this ILogger log, string connection, string method, string path, int status, long milliseconds);

    [LoggerMessage(2, LogLevel.Warning, "{Connection}: {Method} {Path} gave no answer: {Why}")]
    public static partial void NoAnswer(this ILogger log, string connection, string method, string path, string why);

    [LoggerMessage(3, LogLevel.Warning, "{Connection}: the forge asked to wait {Seconds} s, its calls rest until then")]
    public static partial void Resting(this ILogger log, string connection, double seconds);

    [LoggerMessage(4, LogLevel.Warning, "{Connection}: {Path} was redirected to another host `{Host}`, which was not followed")]
    public static partial void RedirectRefused(this ILogger log, string connection, string path, string host);
}
