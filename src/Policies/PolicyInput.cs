namespace GitOpsGate.Policies;

/// <summary>
/// The input document of a query: JSON text in UTF-8. The embedded engine parses it once and keeps the parsed form here, so ten
/// policies that look at one change cost one parse. Safe to share between threads.
/// </summary>
public sealed class PolicyInput
{
    private volatile object? _parsed;

    private PolicyInput(ReadOnlyMemory<byte> json) => Json = json;

    /// <summary>The document's JSON text in UTF-8, without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Wraps JSON text; it is checked when an engine first reads it.</summary>
    public static PolicyInput FromJson(ReadOnlyMemory<byte> json) => new(json);

    /// <summary>An engine's parsed form of this document, made at most once per form in practice; making it twice is harmless.</summary>
    internal T Parsed<T>(Func<ReadOnlyMemory<byte>, T> parse)
        where T : class
    {
        if (_parsed is T known) return known;
        var made = parse(Json);
        _parsed = made;
        return made;
    }
}
