using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Audit.Anchors;

namespace GitOpsGate.WebhookGateway.Ui.Audit;

/// <summary>A checkpoint that is held elsewhere, as the page shows it.</summary>
/// <param name="Kind">In words for people.</param>
/// <param name="Reference">A commit or a stamp's number.</param>
public sealed record AnchorRow(string Kind, string Size, MomentView At, string Reference)
{
    internal static string WordOf(AnchorKind kind) => kind == AnchorKind.Git ? "Git commit" : "Time stamp";

    internal static AnchorRow Of(Anchor anchor, DateTimeOffset now) => new(
        WordOf(anchor.Kind), anchor.Size.ToString("N0", CultureInfo.InvariantCulture), MomentView.Of(anchor.At, now), anchor.Reference);
}

/// <summary>A place where checkpoints are held, as the page shows it.</summary>
/// <param name="Trouble">What is not right, or null.</param>
public sealed record AnchorPlaceRow(string Kind, string Where, string? Trouble);

/// <summary>Who else holds the log's checkpoints.</summary>
public sealed record AnchorTable(ImmutableArray<AnchorPlaceRow> Places, ImmutableArray<AnchorRow> Rows)
{
    /// <summary>How many are shown.</summary>
    public const int Length = 6;

    /// <summary>Nobody.</summary>
    public static AnchorTable Empty { get; } = new([], []);

    public bool IsEmpty => Places.IsEmpty && Rows.IsEmpty;

    internal static AnchorTable Of(AnchorBoard board, ImmutableArray<Anchor> newest, DateTimeOffset now) => new(
        [.. board.All.Select(state => new AnchorPlaceRow(AnchorRow.WordOf(state.Kind), state.Where, state.Trouble))],
        [.. newest.Select(anchor => AnchorRow.Of(anchor, now))]);
}
