using System.Net;
using GitOpsGate.Access;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using Microsoft.AspNetCore.Authentication;

namespace GitOpsGate.WebhookGateway.Telemetry;

/// <summary>What load balancers and Prometheus ask.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => TypedResults.Text("live\n")).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/health/ready", ReadyAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/metrics", MetricsAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<IResult> ReadyAsync(Readiness readiness, CancellationToken cancellation)
    {
        var problem = await readiness.ProblemAsync(cancellation);
        return problem is null
            ? TypedResults.Text("ready\n")
            : TypedResults.Text(problem + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>
    /// Metrics name connections, so they are for the machine itself and for tokens. A call that a proxy passed on is not the
    /// machine's own.
    /// </summary>
    private static async Task<IResult> MetricsAsync(HttpContext context, PrometheusText text, IGateReader reader, GateMeters meters)
    {
        var isLocal = context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
            && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded");
        if (!isLocal && !Schemes.CallerOf(context.User).May(Role.Viewer))
        {
            await context.ChallengeAsync(Schemes.Bearer);
            return TypedResults.Empty;
        }

        meters.Show(await reader.CountsAsync(context.RequestAborted));
        return TypedResults.Text(text.Write(), "text/plain; version=0.0.4; charset=utf-8");
    }
}

/// <summary>Something that goes on after the door has opened, and before the gateway is ready.</summary>
internal interface IPreparation
{
    /// <summary>Null when it is done, or one line on what is missing.</summary>
    string? Missing { get; }
}

/// <summary>
/// Whether the gateway can do its work: it is prepared, and its store answers. Asks the store at most once a second.
/// </summary>
internal sealed class Readiness(IGateReader reader, GateMeters meters, TimeProvider clock, IEnumerable<IPreparation> preparations)
{
    private long _askedAt;
    private bool _wasAsked;

    /// <summary>Null when it is ready, or one line on what is wrong.</summary>
    public async Task<string?> ProblemAsync(CancellationToken cancellation)
    {
        if (preparations.Select(one => one.Missing).FirstOrDefault(one => one is not null) is { } missing) return missing;
        if (_wasAsked && clock.GetElapsedTime(Volatile.Read(ref _askedAt)) < TimeSpan.FromSeconds(1)) return null;
        try
        {
            meters.Show(await reader.CountsAsync(cancellation));
        }
        catch (Exception trouble) when (trouble is System.Data.Common.DbException or IOException or TimeoutException)
        {
            return "the database does not answer";
        }

        Volatile.Write(ref _askedAt, clock.GetTimestamp());
        _wasAsked = true;
        return null;
    }
}
