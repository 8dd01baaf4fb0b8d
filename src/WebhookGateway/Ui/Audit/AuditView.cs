using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Ui.Audit;

/// <summary>What the audit page shows: the head, and entries, newest first.</summary>
/// <param name="Older">Where the page of older entries ends, or null at the beginning of the log.</param>
/// <param name="Newer">Where the page of newer entries ends, or null at the end of the log.</param>
/// <param name="At">The entry that was asked for, or null.</param>
public sealed record AuditView(
    string Size, string Root, ImmutableArray<EntryRow> Rows, long? Older, long? Newer, long? At, VerificationView? Verification)
{
    /// <summary>Whether an entry was asked for that the log does not hold.</summary>
    public bool IsAbsent => At is { } at && Rows.All(row => row.Index != at);

    public static AuditView Of(
        AuditHead head, ImmutableArray<AuditLeaf> leaves, long? at, AuditVerification? verification, DateTimeOffset now)
    {
        var rows = leaves.Reverse().Select(leaf => EntryRow.Of(leaf, now)).ToImmutableArray();
        return new AuditView(
            head.Size.ToString("N0", CultureInfo.InvariantCulture), Convert.ToHexStringLower(head.Root.Span), rows,
            leaves is [{ Index: > 0 } oldest, ..] ? oldest.Index : null,
            leaves is [.., var newest] && newest.Index + 1 < head.Size
                ? Math.Min(head.Size, newest.Index + 1 + GateUi.PageLength)
                : null,
            at,
            verification is null ? null : VerificationView.Of(verification));
    }
}

/// <summary>One entry of the log.</summary>
/// <param name="Address">The page of what it is about, or null when there is none.</param>
/// <param name="Leaf">The canonical JSON that was hashed.</param>
public sealed record EntryRow(
    long Index, MomentView At, string Type, string Outcome, string Subject, string? Address, string Correlation, string Leaf,
    string Hash)
{
    /// <summary>Whether it commits to something that is kept sealed.</summary>
    public bool HasSealed { get; init; }

    public static EntryRow Of(AuditLeaf leaf, DateTimeOffset now)
    {
        using var document = JsonDocument.Parse(leaf.Bytes);
        var entry = document.RootElement;
        var (kind, reference) = entry.TryGetProperty("subject", out var found)
            ? (Text(found, "kind"), Text(found, "ref"))
            : ("", "");
        return new EntryRow(
            leaf.Index, MomentView.Of(entry.GetProperty("time").GetDateTimeOffset(), now), Text(entry, "type"),
            Text(entry, "outcome"), $"{kind} {reference}".Trim(), AddressOf(kind, reference), Text(entry, "corr"),
            Encoding.UTF8.GetString(leaf.Bytes.Span), Convert.ToHexStringLower(leaf.Hash.Span))
        {
            HasSealed = entry.TryGetProperty("sealed", out _),
        };
    }

    private static string? AddressOf(string kind, string reference) => Guid.TryParse(reference, out var id)
        ? kind switch
        {
            "ruling" => $"/rulings/{id}",
            "delivery" => $"/deliveries/{id}",
            _ => null,
        }
        : null;

    private static string Text(JsonElement value, string name) =>
        value.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString()! : "";
}

/// <summary>What a verification found.</summary>
public sealed record VerificationView(bool IsWhole, string Summary, ImmutableArray<string> Problems)
{
    public static VerificationView Of(AuditVerification found) => new(
        found.Problems.IsEmpty,
        found.Problems.IsEmpty
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"The tree was derived again from all {found.Size:N0} entries: every hash, tile and head agrees.")
            : "The stored log does not agree with its entries.",
        found.Problems);
}
