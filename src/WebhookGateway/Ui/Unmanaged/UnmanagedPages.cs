using System.Collections.Immutable;
using System.Globalization;
using System.Security.Claims;
using GitOpsGate.Access;
using GitOpsGate.Acts;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Api;
using MediatR;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace GitOpsGate.WebhookGateway.Ui.Unmanaged;

/// <summary>Pushes that went past the gate, the branches that they hold back, and adopting them.</summary>
internal static class UnmanagedPages
{
    public static void MapUnmanagedPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/unmanaged", ListAsync);
        routes.MapPost("/unmanaged/adopt", AdoptAsync);
    }

    private static async Task<RazorComponentResult<UnmanagedPage>> ListAsync(
        string? notice, ClaimsPrincipal user, IAuditReader log, IBranchStore branches, TimeProvider clock, CancellationToken cancellation)
    {
        var leaves = await log.UnmanagedAsync(GateUi.PageLength, cancellation);
        var held = await branches.HeldAsync(GateUi.PageLength, cancellation);
        var now = clock.GetUtcNow();
        return new RazorComponentResult<UnmanagedPage>(new
        {
            Rows = leaves.Select(leaf => UnmanagedRow.Of(UnmanagedView.Of(leaf), now)).ToImmutableArray(),
            Held = held.Select(standing => HeldRow.Of(standing, now)).ToImmutableArray(),
            MayAdopt = Schemes.CallerOf(user).May(Role.Admin),
            Notice = notice == "adopted" ? "The branch counts as covered up to its tip; the next covered merge is dispatched." : null,
        });
    }

    private static async Task<IResult> AdoptAsync(
        [FromForm] string? repository, [FromForm] string? branch, [FromForm] string? commit, [FromForm] string? reason,
        HttpContext context, IAntiforgery antiforgery, IMediator mediator, CancellationToken cancellation)
    {
        // A form of ours has both; a forged one names a branch that there is not, and is recorded as that.
        var key = BranchesApi.Repository(repository) ?? default;
        var tip = CommitId.TryParse(commit, out var id) ? id : default;
        var act = new AdoptBranch(Schemes.CallerOf(context.User), key, branch ?? "", tip, reason ?? "");
        return await Acting.DoAsync(context, antiforgery, mediator, act, "/unmanaged?notice=adopted", cancellation);
    }
}

/// <summary>One push that no ruling covers.</summary>
public sealed record UnmanagedRow(
    string AuditIndex, MomentView At, string Repository, string Branch, string Message, ImmutableArray<string> Commits, bool IsForced)
{
    public static UnmanagedRow Of(UnmanagedView view, DateTimeOffset now) => new(
        view.AuditIndex.ToString(CultureInfo.InvariantCulture), MomentView.Of(view.At, now), view.Repository, view.Branch, view.Finding.Message,
        [.. view.Commits], view.IsForced);
}

/// <summary>One branch from which nothing is dispatched.</summary>
/// <param name="Covered">The first digits of the commit up to which it is covered, or empty when nothing of it is.</param>
public sealed record HeldRow(string Repository, string Branch, string Covered, string Tip, string ShortTip, MomentView Since)
{
    public static HeldRow Of(BranchStanding standing, DateTimeOffset now) => new(
        standing.Repository.ToString(), standing.Branch, standing.Covered.Short, standing.Seen.Value, standing.Seen.Short,
        MomentView.Of(standing.HeldSince ?? now, now));
}
