namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>What workers say.</summary>
internal static partial class WorkersLog
{
    [LoggerMessage(2001, LogLevel.Error, "worker `{Worker}` could not claim work")]
    public static partial void CannotClaim(this ILogger log, Exception trouble, string worker);

    [LoggerMessage(2002, LogLevel.Warning, "worker `{Worker}` met trouble; the piece is tried again or given up")]
    public static partial void Trouble(this ILogger log, Exception trouble, string worker);

    [LoggerMessage(2003, LogLevel.Error, "worker `{Worker}` could not mark a piece; it is claimed again when its lease is over")]
    public static partial void CannotMark(this ILogger log, Exception trouble, string worker);

    [LoggerMessage(2004, LogLevel.Information, "worker `{Worker}` left a piece unfinished because the gateway stops")]
    public static partial void Stopped(this ILogger log, string worker);
}
