using GitOpsGate.Acts;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>Guarded branches from which nothing is dispatched, because something on them went past the gate.</summary>
internal static class BranchesApi
{
    public static void MapBranches(this RouteGroupBuilder api)
    {
        var branches = api.MapGroup("/branches").WithTags("branches");
        branches.MapGet("/held", ListAsync).WithName("ListHeldBranches")
            .WithSummary("Branches that are held back by unmanaged changes, those held longest first");
        branches.MapPost("/adopt", AdoptAsync).WithName("AdoptBranch")
            .WithSummary("Take a held branch as covered up to its tip, with a reason; needs the role admin");
    }

    /// <summary>Reads <c>connection:owner/name</c>.</summary>
    public static RepositoryKey? Repository(string? text)
    {
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon > 0 && colon < text!.Length - 1 ? new RepositoryKey(new ConnectionName(text[..colon]), text[(colon + 1)..]) : null;
    }

    private static async Task<Ok<PageView<HeldBranchView>>> ListAsync(int? limit, IBranchStore branches, CancellationToken cancellation)
    {
        var held = await branches.HeldAsync(GateApi.Limit(limit), cancellation);
        return TypedResults.Ok(new PageView<HeldBranchView>([.. held.Select(HeldBranchView.Of)], null));
    }

    private static async Task<Results<Ok<HeldBranchView>, ProblemHttpResult>> AdoptAsync(
        AdoptRequest body, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        if (Repository(body.Repository) is not { } repository)
        {
            return GateApi.BadRequest("`repository` is a connection and a repository's full name, for instance `github:acme/shop`");
        }

        if (!CommitId.TryParse(body.Commit, out var tip) || tip.IsNone)
        {
            return GateApi.BadRequest("`commit` is the branch's tip as a full commit id of 40 or 64 hex digits");
        }

        var act = new AdoptBranch(Schemes.CallerOf(context.User), repository, body.Branch ?? "", tip, body.Reason ?? "");
        return ActResults.Of(await acts.Send(act, cancellation), context, HeldBranchView.Of);
    }
}

/// <summary>What is asked for.</summary>
/// <param name="Repository"><c>connection:owner/name</c>.</param>
/// <param name="Commit">The branch's tip as the caller has seen it.</param>
/// <param name="Reason">Why, for those who review it later.</param>
public sealed record AdoptRequest(string? Repository, string? Branch, string? Commit, string? Reason);

/// <summary>A branch from which nothing is dispatched.</summary>
/// <param name="Covered">The commit up to which rulings cover it; empty when nothing of it is covered.</param>
/// <param name="Tip">The newest tip that was told.</param>
/// <param name="HeldSince">Since when; null when it is held no more.</param>
public sealed record HeldBranchView(string Repository, string Branch, string Covered, string Tip, DateTimeOffset? HeldSince)
{
    public static HeldBranchView Of(BranchStanding standing) => new(
        standing.Repository.ToString(), standing.Branch, standing.Covered.Value, standing.Seen.Value, standing.HeldSince);
}
