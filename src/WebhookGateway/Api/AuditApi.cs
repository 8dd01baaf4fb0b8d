using System.Globalization;
using System.Text;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Audit.Sinks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>The tamper-evident log.</summary>
internal static class AuditApi
{
    private const int LongestRead = 1000;

    public static void MapAudit(this RouteGroupBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("audit");
        audit.MapGet("/head", HeadAsync).WithName("ShowAuditHead").WithSummary("How many entries there are, and their root hash");
        audit.MapGet("/entries", EntriesAsync).WithName("ListAuditEntries")
            .WithSummary("Entries from an index on, at most 1000 at once, as their canonical bytes");
        audit.MapGet("/unmanaged", UnmanagedAsync).WithName("ListUnmanagedChanges")
            .WithSummary("Pushes to guarded branches that no ruling covers, newest first");
        audit.MapPost("/verify", VerifyAsync).RequireAuthorization(Schemes.Operator).WithName("VerifyAudit")
            .WithSummary("Re-derive the whole tree from the stored entries and compare it with what is stored");
        audit.MapGet("/sinks", Sinks).WithName("ListAuditSinks").WithSummary("Where entries are copied to, and how far each sink has come");
    }

    private static async Task<Ok<AuditHeadView>> HeadAsync(IAuditReader audit, CancellationToken cancellation)
    {
        var head = await audit.HeadAsync(cancellation);
        return TypedResults.Ok(new AuditHeadView(head.Size, Convert.ToBase64String(head.Root.Span), head.At));
    }

    private static async Task<Results<Ok<PageView<AuditLeafView>>, ProblemHttpResult>> EntriesAsync(
        long? from, int? count, IAuditReader audit, CancellationToken cancellation)
    {
        var (start, wanted) = (from ?? 0, Math.Clamp(count ?? GateApi.DefaultLimit, 1, LongestRead));
        if (start < 0) return GateApi.BadRequest($"`from={start}` is before the log; the first entry is 0");
        var leaves = await audit.ReadAsync(start, wanted, cancellation);
        var items = leaves.Select(leaf => new AuditLeafView(
            leaf.Index, Encoding.UTF8.GetString(leaf.Bytes.Span), Convert.ToBase64String(leaf.Hash.Span)));
        var next = leaves.Length == wanted ? (start + wanted).ToString(CultureInfo.InvariantCulture) : null;
        return TypedResults.Ok(new PageView<AuditLeafView>([.. items], next));
    }

    private static Ok<PageView<SinkView>> Sinks(SinkBoard board) => TypedResults.Ok(new PageView<SinkView>([.. board.All.Select(SinkView.Of)], null));

    private static async Task<Ok<PageView<UnmanagedView>>> UnmanagedAsync(int? limit, IAuditReader audit, CancellationToken cancellation)
    {
        var leaves = await audit.UnmanagedAsync(GateApi.Limit(limit), cancellation);
        return TypedResults.Ok(new PageView<UnmanagedView>([.. leaves.Select(UnmanagedView.Of)], null));
    }

    private static async Task<Ok<VerificationView>> VerifyAsync(IAuditReader audit, CancellationToken cancellation)
    {
        var found = await audit.VerifyAsync(cancellation);
        return TypedResults.Ok(new VerificationView(
            found.Problems.IsEmpty, found.Size, Convert.ToBase64String(found.Root.Span), found.Problems));
    }
}
