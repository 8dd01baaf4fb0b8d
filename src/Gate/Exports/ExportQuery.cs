using System.Globalization;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>What a bundle of evidence is asked for.</summary>
/// <param name="From">The period's first instant.</param>
/// <param name="To">The instant after the period.</param>
public sealed record ExportQuery(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>The most rows that a sample is drawn of.</summary>
    public const int LargestSample = 1000;

    private const int LongestName = 100;
    private const int LongestNonce = 200;

    /// <summary>The environment whose deployments are reported, or null for all.</summary>
    public string? Environment { get; init; }

    /// <summary>The size of an earlier checkpoint that the log is shown to continue, or null.</summary>
    public long? Previous { get; init; }

    /// <summary>How many rows of the population are drawn, or null for no sample.</summary>
    public int? Sample { get; init; }

    /// <summary>The auditor's own words, from which the sample is drawn; given with <see cref="Sample"/>.</summary>
    public string? Nonce { get; init; }

    /// <summary>Whether sealed sections of the period are disclosed, with names and reasons.</summary>
    public bool Discloses { get; init; }

    /// <summary>The period's first instant as it stands in leaves: such texts are in the order of their times.</summary>
    public string Begins => Text(From);

    /// <summary>The instant after the period, as it stands in leaves.</summary>
    public string Ends => Text(To);

    /// <summary>What is wrong with it, in words for the caller; null when nothing is.</summary>
    public string? Problem => this switch
    {
        _ when string.CompareOrdinal(Begins, Ends) >= 0 => $"the period ends at {Ends}, which is not after its beginning {Begins}",
        _ when !IsPlain(Environment, LongestName) => $"an environment's name has 1 to {LongestName} printable characters",
        { Previous: < 1 } => "`previous` is the size of an earlier checkpoint: 1 or more",
        { Sample: null, Nonce: not null } => "a nonce is for a sample: say how many rows `sample` should draw",
        { Sample: not null, Nonce: null } => "a sample needs a `nonce` that the auditor chose after the period was over",
        { Sample: < 1 or > LargestSample } => $"a sample has 1 to {LargestSample} rows",
        _ when !IsPlain(Nonce, LongestNonce) => $"a nonce has 1 to {LongestNonce} printable characters",
        _ => null,
    };

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString(PlacedEntry.TimeFormat, CultureInfo.InvariantCulture);

    private static bool IsPlain(string? text, int longest) => text is null || (text.Length > 0 && text.Length <= longest && !text.Any(char.IsControl));
}
