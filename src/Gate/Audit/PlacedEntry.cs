using System.Collections.Immutable;
using System.Globalization;

namespace GitOpsGate.Audit;

/// <summary>
/// An entry at its place in a log. Its bytes are the leaf that is hashed and stored; nobody ever needs to write them again to verify.
/// </summary>
/// <param name="Index">The leaf's index, from 0.</param>
/// <param name="Id">A ULID, unique in the log.</param>
/// <param name="At">When it was recorded; never before the entry before it.</param>
/// <param name="Tenant">The opaque name of the log's owner.</param>
/// <param name="Draft">What it says.</param>
/// <param name="Numbers">The entry's number in each of its populations.</param>
public sealed record PlacedEntry(
    long Index, string Id, DateTimeOffset At, string Tenant, AuditDraft Draft, ImmutableSortedDictionary<string, long> Numbers)
{
    /// <summary>The most bytes that a leaf may have.</summary>
    public const int MaxLength = 16_384;

    /// <summary>RFC 3339 in UTC with three decimals: how times stand in a leaf.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>No number in any population.</summary>
    public static ImmutableSortedDictionary<string, long> NoNumbers { get; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>The entry as canonical JSON (RFC 8785, restricted) in UTF-8, members in the order of their names.</summary>
    /// <exception cref="FormatException">A text is not valid Unicode, a number is too large, or the whole is longer than a leaf.</exception>
    public ReadOnlyMemory<byte> ToBytes() => new ReadyLeaf(Draft, Id, Tenant).At(Index, At, Numbers);

    /// <summary>The word of an outcome, as it stands in a leaf.</summary>
    public static string Word(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Error => "error",
        AuditOutcome.Pending => "pending",
        AuditOutcome.Failure => "failure",
        AuditOutcome.Deny => "deny",
        AuditOutcome.Skipped => "skipped",
        AuditOutcome.Allow => "allow",
        AuditOutcome.Success => "success",
    };

    /// <summary>An instant as it stands in a leaf.</summary>
    internal static string Time(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
