using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;

namespace GitOpsGate.Facts.Documents;

/// <summary>What reading one file gave: documents, or the reason why there are none.</summary>
public sealed record DocumentReading(ImmutableArray<Document> Documents, ImmutableArray<ContentProblem> Problems)
{
    internal static DocumentReading Nothing { get; } = new([], []);
}

/// <summary>
/// Turns a file's bytes into the documents that policies are asked about. YAML is read the way Kubernetes reads it (sigs.k8s.io/yaml):
/// plain <c>yes</c>, <c>no</c>, <c>on</c>, <c>off</c>, <c>y</c> and <c>n</c> are booleans, also as keys (<c>on:</c> is the key <c>true</c>);
/// <c>0777</c> is octal, dates stay text. Where readers of YAML disagree, the file is refused: duplicate keys, a <c>&lt;&lt;</c> that
/// would override a key written before it, tags beyond the core ones. JSON is read strictly (RFC 8259), duplicate names refused.
/// </summary>
public static class DocumentReader
{
    /// <summary>The largest file that is parsed, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>How deep lists and mappings may be nested.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many values a file may hold, counted after its aliases are followed.</summary>
    public const int MaxValues = 200_000;

    /// <summary>How large the JSON text of one file's documents may grow by aliases, in bytes.</summary>
    internal const int MaxJsonBytes = 16 * 1024 * 1024;

    /// <summary>Whether a file of this name should hold documents: <c>.yaml</c>, <c>.yml</c> or <c>.json</c>, in either case of letters.</summary>
    public static bool IsDocument(string path) => IsYaml(path) || path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The <c>Chart.yaml</c> that makes a file a Helm template if it exists: the one beside the outermost folder <c>templates</c> that the
    /// file is in. Null for a file that is in no such folder.
    /// </summary>
    public static string? ChartOf(string path)
    {
        if (!IsYaml(path)) return null;
        if (path.StartsWith("templates/", StringComparison.Ordinal)) return "Chart.yaml";
        var at = path.IndexOf("/templates/", StringComparison.Ordinal);
        return at < 0 ? null : path[..at] + "/Chart.yaml";
    }

    /// <summary>Reads a file. Never throws for its content.</summary>
    /// <param name="path">The file's path; its ending tells the format.</param>
    /// <param name="bytes">The whole file.</param>
    /// <param name="isChartTemplate">
    /// Whether <see cref="ChartOf"/> exists. A template of a chart that does not parse and holds <c>{{</c> is skipped without a word: it is
    /// no manifest before Helm has rendered it. One that does parse is a document like any other, so that nothing can hide in a chart.
    /// </param>
    public static DocumentReading Read(string path, ReadOnlyMemory<byte> bytes, bool isChartTemplate = false)
    {
        if (!IsDocument(path)) return DocumentReading.Nothing;
        try
        {
            return new DocumentReading(Parse(path, bytes), []);
        }
        catch (UnreadableException problem)
        {
            return isChartTemplate && bytes.Span.IndexOf("{{"u8) >= 0
                ? DocumentReading.Nothing
                : new DocumentReading([], [new ContentProblem(path, problem.Line, problem.Message)]);
        }
    }

    private static bool IsYaml(string path) =>
        path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);

    private static ImmutableArray<Document> Parse(string path, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxBytes) throw new UnreadableException(0, $"the file has {bytes.Length} bytes; at most {MaxBytes} are read");
        if (bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        if (!Utf8.IsValid(bytes.Span)) throw new UnreadableException(LineOfInvalid(bytes.Span), "the text is not valid UTF-8");
        var roots = IsYaml(path) ? YamlText.Read(Encoding.UTF8.GetString(bytes.Span)) : [JsonText.Read(bytes.Span)];
        var writer = new DocumentWriter();
        var documents = ImmutableArray.CreateBuilder<Document>();
        for (var index = 0; index < roots.Count; index++)
        {
            // An empty document (`---` and nothing, or comments only) is no document to those who apply the file.
            if (roots[index] is not (DocumentNode.Nothing or null)) documents.Add(writer.Write(path, index, roots[index]!));
        }

        return documents.ToImmutable();
    }

    private static int LineOfInvalid(ReadOnlySpan<byte> bytes)
    {
        var line = 1;
        while (Rune.DecodeFromUtf8(bytes, out var rune, out var used) == System.Buffers.OperationStatus.Done)
        {
            if (rune.Value == '\n') line++;
            bytes = bytes[used..];
        }

        return line;
    }
}

/// <summary>Content that cannot be read; caught by <see cref="DocumentReader"/>, never seen outside.</summary>
internal sealed class UnreadableException(int line, string message) : Exception(message)
{
    public int Line => line;
}
