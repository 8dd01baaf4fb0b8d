using System.Collections.Immutable;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Audit.Anchors;

/// <summary>Who else holds the log's checkpoints: <c>/audit/v1/anchors</c>.</summary>
internal static class AnchorEndpoint
{
    private const int LongestList = 100;

    public static async Task<Ok<AnchorsView>> ListAsync(IAnchorStore store, AnchorBoard board, CancellationToken cancellation)
    {
        var anchors = await store.NewestAsync(LongestList, cancellation);
        return TypedResults.Ok(new AnchorsView(
            [.. board.All.Select(state => new AnchorPlaceView(Anchor.WordOf(state.Kind), state.Where, state.Newest?.Size, state.Newest?.At, state.Trouble ?? ""))],
            [.. anchors.Select(one => new AnchorView(
                Anchor.WordOf(one.Kind), one.Size, one.At, one.Reference, one.Note, one.Proof is { } proof ? Convert.ToBase64String(proof.Span) : null))]));
    }
}

/// <summary>The anchors of the audit log.</summary>
/// <param name="Places">Where it is anchored.</param>
/// <param name="Items">The newest hundred, newest first.</param>
public sealed record AnchorsView(ImmutableArray<AnchorPlaceView> Places, ImmutableArray<AnchorView> Items);

/// <summary>A place where checkpoints are held.</summary>
/// <param name="Kind"><c>git</c> or <c>timestamp</c>.</param>
/// <param name="Where">The repository or the authority.</param>
/// <param name="Size">How many entries its newest checkpoint covers; null before the first.</param>
/// <param name="At">When it was anchored; null before the first.</param>
/// <param name="Trouble">What is not right; empty when nothing is.</param>
public sealed record AnchorPlaceView(string Kind, string Where, long? Size, DateTimeOffset? At, string Trouble);

/// <summary>A checkpoint that is held elsewhere.</summary>
/// <param name="Kind"><c>git</c> or <c>timestamp</c>.</param>
/// <param name="Size">How many entries it covers.</param>
/// <param name="Reference">A commit that holds it, or the stamp's serial number.</param>
/// <param name="Note">The checkpoint, as it was anchored.</param>
/// <param name="Proof">The stamp's token (RFC 3161, DER in base 64); null for Git.</param>
public sealed record AnchorView(string Kind, long Size, DateTimeOffset At, string Reference, string Note, string? Proof);
