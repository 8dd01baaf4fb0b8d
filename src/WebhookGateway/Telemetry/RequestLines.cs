namespace GitOpsGate.WebhookGateway.Telemetry;

/// <summary>
/// One line for every request but the door's and the probes': method, path without its query, status, time, who.
/// </summary>
internal sealed class RequestLines(RequestDelegate next, TimeProvider clock, ILogger<RequestLines> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (IsQuiet(path) || !log.IsEnabled(LogLevel.Information))
        {
            await next(context);
            return;
        }

        var began = clock.GetTimestamp();
        await next(context);
        var who = Access.Schemes.CallerOf(context.User).Reference;
        log.Answered(context.Request.Method, path, context.Response.StatusCode, clock.GetElapsedTime(began).TotalMilliseconds, who);
    }

    private static bool IsQuiet(PathString path) =>
        path.StartsWithSegments("/hooks", StringComparison.Ordinal) || path.StartsWithSegments("/health", StringComparison.Ordinal)
        || path.StartsWithSegments("/metrics", StringComparison.Ordinal);
}

/// <summary>What the gateway says of requests.</summary>
internal static partial class TelemetryLog
{
    [LoggerMessage(1001, LogLevel.Information, "{Method} {Path} {Status} {Milliseconds:0.0} ms by {Who}")]
    public static partial void Answered(this ILogger log, string method, PathString path, int status, double milliseconds, string who);
}
