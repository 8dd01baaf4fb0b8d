using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Api;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Unmanaged;

/// <summary>Pushes that went past the gate.</summary>
internal static class UnmanagedPages
{
    public static void MapUnmanagedPages(this IEndpointRouteBuilder routes) => routes.MapGet("/unmanaged", ListAsync);

    private static async Task<RazorComponentResult<UnmanagedPage>> ListAsync(IAuditReader log, TimeProvider clock, CancellationToken cancellation)
    {
        var leaves = await log.UnmanagedAsync(GateUi.PageLength, cancellation);
        var now = clock.GetUtcNow();
        return new RazorComponentResult<UnmanagedPage>(new { Rows = leaves.Select(leaf => UnmanagedRow.Of(UnmanagedView.Of(leaf), now)).ToImmutableArray() });
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
