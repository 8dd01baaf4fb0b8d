using System.Text.Json;
using System.Text.Json.Serialization;

namespace GitOpsGate.Dispatch;

/// <summary>How far an agent came with a document. The zero value is the least.</summary>
public enum ReportPhase
{
    /// <summary>It did not believe what it was sent; what ran keeps running.</summary>
    Refused,

    /// <summary>It could not carry it out, and tries again.</summary>
    Failed,

    /// <summary>It runs.</summary>
    Applied,
}

/// <summary>What an agent says of its target. Sent again under the same id until the gate has answered.</summary>
public sealed record AgentReport
{
    /// <summary>The largest report that is read, in bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>Characters of a reason; what is longer is cut off.</summary>
    public const int LongestReason = 500;

    public required Guid Id { get; init; }

    public required string Target { get; init; }

    /// <summary>The version of the document that it is about; 0 when that is not known for certain.</summary>
    public required long Version { get; init; }

    /// <summary>The document's order, or null when that is not known for certain.</summary>
    public string? OrderId { get; init; }

    public required ReportPhase Phase { get; init; }

    /// <summary>What a refusal looks like, or null.</summary>
    public Attack? Attack { get; init; }

    /// <summary>Why it was refused or has failed, in one line; empty when it runs.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The release that is served, or null.</summary>
    public string? Release { get; init; }

    /// <summary>How many files are not as they were written.</summary>
    public int Drift { get; init; }

    /// <summary>When the agent saw it, by its own clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>One line for people.</summary>
    [JsonIgnore]
    public string Sentence => Phase switch
    {
        ReportPhase.Refused => $"the agent refused {(Version > 0 ? $"version {Version}" : "what it was sent")}{Suspicion}: {Reason}",
        ReportPhase.Failed => $"the agent could not apply version {Version} and tries again: {Reason}",
        ReportPhase.Applied when Drift == 0 => $"the agent applied version {Version}: {Release} is served",
        ReportPhase.Applied => $"the agent applied version {Version}, but {Drift} of its files are not as they were written",
    };

    private string Suspicion => Attack is { } attack ? $" ({Word(attack)})" : "";

    /// <summary>How an attack is written, for instance <c>digest-mismatch</c>.</summary>
    public static string Word(Attack attack) => JsonNamingPolicy.KebabCaseLower.ConvertName(attack.ToString());

    /// <summary>Reads a report, as strictly as an outsider's word deserves.</summary>
    /// <exception cref="FormatException">It is none; the message says what would be right.</exception>
    public static AgentReport Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var report = JsonSerializer.Deserialize<AgentReport>(json, Strict) ?? throw new FormatException("a report is a JSON object");
            string?[] lines = [report.Target, report.OrderId, report.Release, report.Reason];
            return report is { Version: >= 0, Drift: >= 0 } && lines.All(line => line is null || (line.Length <= LongestReason && !line.Any(char.IsControl)))
                ? report
                : throw new FormatException($"`version` and `drift` are not below zero, and texts are one line of at most {LongestReason} characters");
        }
        catch (JsonException problem)
        {
            throw new FormatException($"not a report: {problem.Message}", problem);
        }
    }

    /// <summary>The JSON text in UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Strict);

    /// <summary>Whether another report says nothing new.</summary>
    public bool SaysTheSameAs(AgentReport other) => this == other with { Id = Id, At = At };

    /// <summary>Brings a text of any origin into the form of a reason.</summary>
    public static string ReasonOf(string text)
    {
        var line = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
        return line.Length <= LongestReason ? line : line[..(LongestReason - 1)] + "…";
    }

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };
}
