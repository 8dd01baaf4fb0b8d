using GitOpsGate.Acts;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Api;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Audit;

/// <summary>The keys that the audit log's checkpoints are signed with.</summary>
internal static class LogKeysApi
{
    public static void MapLogKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("/audit/keys").WithTags("audit");
        keys.MapGet("/", ListAsync).WithName("ListLogKeys").WithSummary("The keys that checkpoints of the audit log verify with, and for which sizes each counts");
        keys.MapPost("/rotate", RotateAsync).WithName("RotateLogKey").WithSummary("Make a new key that signs beside the others from now on");
        keys.MapPost("/{id}/revoke", RevokeAsync).WithName("RevokeLogKey").WithSummary("End a key: what it signs above a size counts for nobody");
    }

    private static async Task<Ok<PageView<LogKeyView>>> ListAsync(LogKeyring keys, CancellationToken cancellation)
    {
        var views = new List<LogKeyView>();
        foreach (var one in (await keys.KeysAsync(cancellation))?.Keys ?? []) views.Add(View(one, await keys.SignsAsync(one, cancellation)));
        return TypedResults.Ok(new PageView<LogKeyView>([.. views], null));
    }

    private static async Task<Results<Ok<LogKeyView>, ProblemHttpResult>> RotateAsync(HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var answer = await acts.Send(new RotateLogKey(Schemes.CallerOf(context.User)), cancellation);
        return ActResults.Of(answer, context, key => View(key, signs: true));
    }

    private static async Task<Results<Ok<LogKeyView>, ProblemHttpResult>> RevokeAsync(
        string id, RevokeRequest body, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var answer = await acts.Send(new RevokeLogKey(Schemes.CallerOf(context.User), id, body.Reason ?? "", body.Last), cancellation);
        return ActResults.Of(answer, context, key => View(key, signs: false));
    }

    private static LogKeyView View(LogKey one, bool signs) => new(
        $"{one.Key.Id:x8}", one.Key.Algorithm == NoteAlgorithm.EcdsaP256 ? "ecdsa-p256" : "ed25519", one.Key.ToString(), one.From, one.To, one.Ended, signs);
}

/// <summary>Why a key is ended.</summary>
public sealed class RevokeRequest
{
    /// <summary>One line of 1 to 500 characters; it stands in the log.</summary>
    public string? Reason { get; init; }

    /// <summary>The largest size of the log that the key's signature counts for; all that it signed until now when it is absent.</summary>
    public long? Last { get; init; }
}

/// <summary>A key of the audit log.</summary>
/// <param name="Id">Its hash, eight hex digits.</param>
/// <param name="Algorithm"><c>ed25519</c> or <c>ecdsa-p256</c>.</param>
/// <param name="Vkey">Its text form: name, hash and key (C2SP signed-note).</param>
/// <param name="From">The smallest size of the log that it counts for.</param>
/// <param name="To">The largest one; null while it is in use.</param>
/// <param name="Ended">Why it ended.</param>
/// <param name="Signs">Whether its private half is at hand and signs.</param>
public sealed record LogKeyView(string Id, string Algorithm, string Vkey, long From, long? To, string? Ended, bool Signs);
