using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>A status under the gate's name that the gate did not write. It is written down once, and the gate's own is shown over it.</summary>
/// <param name="Id">The forge's id of it; empty where the forge gives none.</param>
/// <param name="By">Who posted it, as far as the forge says; may be empty.</param>
/// <param name="Url">Where it leads; a stranger's text.</param>
/// <param name="SeenAt">When the gate first saw it.</param>
public sealed record ForeignStatus(string Id, CheckState State, string By, string Url, DateTimeOffset SeenAt)
{
    /// <summary>
    /// How many of one head are written down. Somebody who posts more adds nothing to that story; and a forge that showed our own status in
    /// another way than we wrote it would have us write it for ever.
    /// </summary>
    public const int Most = 20;

    private const int LongestText = 300;

    /// <summary>What it says, in a word.</summary>
    public string Word => State switch
    {
        CheckState.Unknown => "unknown",
        CheckState.Pending => "pending",
        CheckState.Failed => "failure",
        CheckState.Skipped => "skipped",
        CheckState.Succeeded => "success",
    };

    public static ForeignStatus Of(StatusCheck status, DateTimeOffset now) =>
        new(Cut(status.Id), status.State, Cut(status.Author), Cut(status.Url), now);

    /// <summary>Whether both are the same status, whenever they were seen.</summary>
    public bool IsSame(ForeignStatus other) => this with { SeenAt = other.SeenAt } == other;

    private static string Cut(string text) => text.Length > LongestText ? text[..LongestText] : text;
}

/// <summary>
/// Tells the gate's own statuses from others of the same name. Ours leads to the page of a ruling about the commit, and lets a merge pass
/// exactly when that ruling does. Who posted it says nothing: a token may be anybody's account.
/// </summary>
internal static class OwnStatus
{
    private const string Rulings = "/rulings/";
    private const int GuidLength = 36;

    /// <summary>Whether a status on a commit is one that the gate wrote.</summary>
    /// <param name="url">Where it leads.</param>
    public static async Task<bool> IsOursAsync(
        IGateReader reader, CommitId commit, CheckState state, string url, CancellationToken cancellation) =>
        RulingOf(url) is { } id
        && await reader.RulingAsync(id, cancellation) is { Ruling: var ruling }
        && ruling.Revision.Head == commit
        && Fits(state, ruling.Verdict);

    /// <summary>Whether a state lets a merge pass exactly when the verdict does. The gate never says that it skipped.</summary>
    public static bool Fits(CheckState state, Verdict verdict) => state switch
    {
        CheckState.Succeeded => verdict == Verdict.Allowed,
        CheckState.Skipped => false,
        CheckState.Unknown or CheckState.Pending or CheckState.Failed => verdict != Verdict.Allowed,
    };

    private static RulingId? RulingOf(string url)
    {
        var at = url.LastIndexOf(Rulings, StringComparison.Ordinal);
        if (at < 0) return null;
        // A forge may add to an address, but it does not change it.
        var rest = url.AsSpan(at + Rulings.Length);
        return Guid.TryParseExact(rest[..Math.Min(rest.Length, GuidLength)], "D", out var id) ? new RulingId(id) : null;
    }
}
