using System.Reflection;
using GitOpsGate.Access;
using GitOpsGate.Acts;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Telemetry;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>The gateway itself: how it stands, and who may come in.</summary>
internal static class GatewayApi
{
    private static readonly string Version =
        typeof(GatewayApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public static void MapGateway(this RouteGroupBuilder api)
    {
        api.MapGet("/status", StatusAsync).WithTags("gateway").WithName("ShowStatus").WithSummary("How many things stand in which state");
        api.MapPost("/tokens", CreateTokenAsync).WithTags("gateway").WithName("CreateToken")
            .WithSummary("Make an access token; it is shown once and kept nowhere");
    }

    private static async Task<Ok<StatusView>> StatusAsync(IGateReader reader, CancellationToken cancellation)
    {
        var counts = await reader.CountsAsync(cancellation);
        return TypedResults.Ok(new StatusView(Named(counts.Deliveries), Named(counts.Obligations), counts.AuditSize, Version));
    }

    private static async Task<Results<Ok<TokenView>, ProblemHttpResult>> CreateTokenAsync(
        TokenRequest body, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var act = new CreateToken(Schemes.CallerOf(context.User), body.Name ?? "", body.Role, TokenText.NewReference()) { Target = body.Target };
        var answer = await acts.Send(act, cancellation);
        return ActResults.Of(answer, context, made => new TokenView(
            made.Text, made.Token.Reference, made.Token.Name, made.Token.Role, made.Token.CreatedAt, made.Token.Target));
    }

    private static SortedDictionary<string, long> Named<T>(IEnumerable<KeyValuePair<T, long>> counts)
        where T : struct, Enum =>
        new(counts.ToDictionary(count => Words.Of(count.Key), count => count.Value), StringComparer.Ordinal);
}
