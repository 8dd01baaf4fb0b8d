using System.Globalization;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using Microsoft.AspNetCore.Mvc;

namespace GitOpsGate.WebhookGateway.Agents;

/// <summary>What sync agents ask: decision 8 describes the protocol. An agent's token reaches its own target here, and nothing else.</summary>
internal static class AgentApi
{
    private const string Envelope = "application/vnd.dsse.envelope.v1+json";

    /// <summary>The longest that an agent may have a call wait, in seconds.</summary>
    private const int LongestWait = 50;

    private static readonly char[] Separators = [',', ';'];

    public static void MapAgents(this IEndpointRouteBuilder app)
    {
        var target = app.MapGroup("/agent/v1/targets/{target}")
            .RequireAuthorization(Schemes.Agent).AddEndpointFilter(OwnTargetAsync).ExcludeFromDescription();
        target.MapGet("/desired", DesiredAsync);
        target.MapGet("/content/{tree}", ContentAsync);
        target.MapPost("/reports", ReportAsync);
    }

    private static async ValueTask<object?> OwnTargetAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (http, target) = (context.HttpContext, context.HttpContext.GetRouteValue("target") as string);
        if (Schemes.TargetOf(http.User) != target)
            return TypedResults.Problem($"the token is bound to another target than `{target}`", statusCode: 403, title: "not allowed");
        var configuration = http.RequestServices.GetRequiredService<GateConfiguration>();
        return configuration.Targets.Any(one => one.IsOfAgent && one.Name == target)
            ? await next(context)
            : TypedResults.Problem($"target `{target}` is not an agent's in gate.yaml any more", statusCode: 410, title: "gone");
    }

    private static async Task<IResult> DesiredAsync(
        string target, HttpContext context, [FromServices] DesiredWatch watch, CancellationToken cancellation)
    {
        var known = context.Request.Headers.IfNoneMatch.ToString();
        var newest = await watch.NextAsync(target, known, Patience(context.Request.Headers["Prefer"].ToString()), cancellation);
        if (newest is null) return TypedResults.Problem($"nothing was ordered for `{target}` yet", statusCode: 404, title: "not found");
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.ETag = DesiredWatch.TagOf(newest);
        return known == DesiredWatch.TagOf(newest)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Bytes(newest.Envelope, Envelope);
    }

    private static async Task<IResult> ContentAsync(
        string target, string tree, HttpContext context, [FromServices] IDesiredStore store, [FromServices] ContentTar content)
    {
        var newest = await store.NewestAsync(target, context.RequestAborted);
        return newest?.Order.Tree == tree
            ? await content.SendAsync(newest.Order, context)
            : TypedResults.Problem($"`{tree}` is not what `{target}` should run now; ask again for what is desired", statusCode: 404, title: "not found");
    }

    private static async Task<IResult> ReportAsync(
        string target, HttpContext context, [FromServices] IDesiredStore store, CancellationToken cancellation)
    {
        var buffer = new byte[AgentReport.MaxBytes + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        if (length > AgentReport.MaxBytes)
            return TypedResults.Problem($"a report has at most {AgentReport.MaxBytes} bytes", statusCode: 413, title: "too large");
        try
        {
            var report = AgentReport.Read(buffer.AsSpan(0, length));
            if (report.Target != target)
                return TypedResults.Problem($"the report is about `{report.Target}`, not `{target}`", statusCode: 400, title: "not a report");
            var about = report.OrderId is null ? null : await store.OfOrderAsync(target, report.OrderId, cancellation);
            var entry = ReportEntry.Of(report, about?.Order, Schemes.CallerOf(context.User));
            // It is written down even when the agent hangs up: it says the same again otherwise.
            var isNew = await store.ReportAsync(report, entry, CancellationToken.None);
            return TypedResults.Accepted((string?)null, new ReportView(isNew));
        }
        catch (FormatException problem)
        {
            return TypedResults.Problem(problem.Message, statusCode: 400, title: "not a report");
        }
    }

    /// <summary>The seconds of <c>Prefer: wait=N</c> (RFC 7240 §4.3).</summary>
    private static TimeSpan Patience(string prefer)
    {
        var wait = prefer.Split(Separators, StringSplitOptions.TrimEntries).FirstOrDefault(one => one.StartsWith("wait=", StringComparison.Ordinal));
        return int.TryParse(wait?["wait=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestWait))
            : TimeSpan.Zero;
    }
}

/// <summary>That a report was taken in.</summary>
/// <param name="IsNew">False when it was known already.</param>
public sealed record ReportView(bool IsNew);
