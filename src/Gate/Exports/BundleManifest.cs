using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>What MANIFEST.json says.</summary>
/// <param name="First">The place of the first entry in the bundle.</param>
internal sealed record BundleManifest(ExportQuery Query, long First, ImmutableArray<BundleFile> Files)
{
    /// <summary>The version of the bundle's form; since 2 there is a signed list of files.</summary>
    public long Version { get; init; }

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <exception cref="FormatException">It is no manifest.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="KeyNotFoundException">Something is missing.</exception>
    /// <exception cref="InvalidOperationException">Something is of another kind.</exception>
    public static BundleManifest Read(string text)
    {
        using var document = JsonDocument.Parse(text, Strict);
        var root = document.RootElement;
        var files = root.GetProperty("files").EnumerateArray().Select(file => new BundleFile(
            Text(file, "path"), Text(file, "sha256"), file.GetProperty("bytes").GetInt64(), Text(file, "role")));
        return new BundleManifest(QueryOf(root.GetProperty("query")), root.GetProperty("log").GetProperty("first").GetInt64(), [.. files])
        {
            Version = root.TryGetProperty("version", out var version) ? version.GetInt64() : 0,
        };
    }

    private static ExportQuery QueryOf(JsonElement query)
    {
        var read = new ExportQuery(Moment(query, "from"), Moment(query, "to"))
        {
            Environment = query.TryGetProperty("environment", out var environment) ? environment.GetString() : null,
            Previous = query.TryGetProperty("previous", out var previous) ? previous.GetInt64() : null,
            Sample = query.TryGetProperty("sample", out var sample) ? sample.GetInt32() : null,
            Nonce = query.TryGetProperty("nonce", out var nonce) ? nonce.GetString() : null,
            Discloses = query.TryGetProperty("disclose", out var disclose) && disclose.GetBoolean(),
        };
        return read.Problem is { } problem ? throw new FormatException(problem) : read;
    }

    private static DateTimeOffset Moment(JsonElement query, string name) => DateTimeOffset.ParseExact(
        Text(query, name), PlacedEntry.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string Text(JsonElement value, string name) =>
        value.GetProperty(name).GetString() ?? throw new FormatException($"`{name}` is not a text");
}
