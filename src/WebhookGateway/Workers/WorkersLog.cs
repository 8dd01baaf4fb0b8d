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

    [LoggerMessage(2021, LogLevel.Information, "the webhooks of {Day} have ended: {Bodies} bodies are gone")]
    public static partial void Ended(this ILogger log, string day, long bodies);

    [LoggerMessage(2022, LogLevel.Warning, "the webhooks of {Day} should have ended and stay for now: {Why}")]
    public static partial void Waits(this ILogger log, string day, string why);

    [LoggerMessage(2023, LogLevel.Error, "webhooks could not be sealed or ended; this is tried again in a minute")]
    public static partial void NotRetained(this ILogger log, Exception trouble);
}
