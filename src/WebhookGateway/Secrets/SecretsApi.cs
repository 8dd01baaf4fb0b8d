using GitOpsGate.Acts;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Api;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Secrets;

/// <summary>The gate's own secrets: stored and removed, never shown.</summary>
internal static class SecretsApi
{
    public static void MapSecrets(this RouteGroupBuilder api)
    {
        var secrets = api.MapGroup("/secrets").WithTags("secrets");
        secrets.MapGet("/", ListAsync).WithName("ListSecrets").WithSummary("The names of the stored secrets; never the secrets")
            .RequireAuthorization(Schemes.Admin);
        secrets.MapPut("/{name}", StoreAsync).WithName("StoreSecret").WithSummary("Store a secret for `stored:NAME` in gate.yaml");
        secrets.MapDelete("/{name}", RemoveAsync).WithName("RemoveSecret").WithSummary("Remove a stored secret");
    }

    private static async Task<Ok<PageView<SecretView>>> ListAsync(
        GateConfiguration configuration, ISecretStore store, CancellationToken cancellation)
    {
        var names = await store.NamesAsync(cancellation);
        return TypedResults.Ok(new PageView<SecretView>(
            [.. names.Select(one => new SecretView(one.Name, one.ChangedAt, configuration.Stored.Names.Contains(one.Name)))], null));
    }

    private static async Task<Results<Ok<SecretView>, ProblemHttpResult>> StoreAsync(
        string name, SecretRequest body, GateConfiguration configuration, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var act = new StoreSecret(Schemes.CallerOf(context.User), name, new Secret(body.Value ?? ""));
        var answer = await acts.Send(act, cancellation);
        return ActResults.Of(answer, context, one => new SecretView(one.Name, one.ChangedAt, configuration.Stored.Names.Contains(one.Name)));
    }

    private static async Task<Results<Ok<SecretRemovedView>, ProblemHttpResult>> RemoveAsync(
        string name, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var answer = await acts.Send(new RemoveSecret(Schemes.CallerOf(context.User), name), cancellation);
        return ActResults.Of(answer, context, removed => new SecretRemovedView(removed));
    }
}

/// <summary>A secret to be stored.</summary>
public sealed class SecretRequest
{
    /// <summary>The secret itself: at most 65,536 characters.</summary>
    public string? Value { get; init; }
}

/// <summary>A stored secret, without the secret.</summary>
/// <param name="IsUsed">Whether gate.yaml names it.</param>
public sealed record SecretView(string Name, DateTimeOffset ChangedAt, bool IsUsed);

/// <summary>A secret that is not stored any more.</summary>
public sealed record SecretRemovedView(string Name);
