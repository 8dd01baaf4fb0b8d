using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Ports;

namespace GitOpsGate.Exports.Views;

/// <summary>Where a log is, as its views name it.</summary>
/// <param name="Host">The gateway's host, and its port where it has one of its own.</param>
/// <param name="Origin">The name under which the log's checkpoints are signed.</param>
public sealed record LogPlace(string Host, string Origin);

/// <summary>
/// A form in which entries are given to other programs. The record is the exact bytes of the leaves (<see cref="Jsonl"/>); every other form is a
/// view, and each of its rows says the entry's number, id and leaf hash (RFC 6962), so that it leads back to a proof. Pure.
/// </summary>
public sealed class EntryView
{
    private readonly Frame _frame;
    private readonly Func<ViewedEntry, ReadOnlyMemory<byte>> _one;

    private EntryView(string name, string mediaType, string ending, Frame frame, Func<ViewedEntry, ReadOnlyMemory<byte>> one) =>
        (Name, MediaType, Ending, _frame, _one) = (name, mediaType, ending, frame, one);

    /// <summary>The leaves as they were hashed, one in a line.</summary>
    public static EntryView Jsonl { get; } = new("jsonl", "application/x-ndjson", "jsonl", new Frame(After: "\n"), entry => entry.Leaf.Bytes);

    /// <summary>All of them, the record first.</summary>
    public static ImmutableArray<EntryView> All { get; } =
    [
        Jsonl,
        new("csv", "text/csv; charset=utf-8; header=present", "v1.csv", new Frame(Begin: CsvView.Head), CsvView.Row),
        new("cloudevents", "application/cloudevents-batch+json", "cloudevents.json", new Frame("[", ",", End: "]"), CloudEventView.Write),
        new("ocsf", "application/x-ndjson", "ocsf.jsonl", new Frame(After: "\n"), OcsfView.Write),
    ];

    /// <summary>What it is asked for by.</summary>
    public string Name { get; }

    public string MediaType { get; }

    /// <summary>How the name of a file ends that holds it, without a dot at the beginning. Where columns could change, it says their version.</summary>
    public string Ending { get; }

    /// <summary>Whether one entry alone makes sense without those around it, as a line of another log.</summary>
    public bool StandsAlone => _frame.Begin != CsvView.Head;

    /// <summary>The view of a name, or null.</summary>
    public static EntryView? Find(string name) => All.FirstOrDefault(view => view.Name == name);

    /// <summary>Entries in their order, as one document.</summary>
    public byte[] Write(ImmutableArray<AuditLeaf> leaves, LogPlace place)
    {
        var document = new ArrayBufferWriter<byte>();
        Put(document, _frame.Begin);
        foreach (var leaf in leaves)
        {
            if (leaf.Index != leaves[0].Index) Put(document, _frame.Between);
            document.Write(One(leaf, place).Span);
            Put(document, _frame.After);
        }

        Put(document, _frame.End);
        return document.WrittenSpan.ToArray();
    }

    /// <summary>One entry without what stands around it in a document.</summary>
    public ReadOnlyMemory<byte> One(AuditLeaf leaf, LogPlace place)
    {
        using var fields = ReportLeaf.Read(leaf.Bytes);
        return _one(new ViewedEntry(leaf, fields, place));
    }

    public override string ToString() => Name;

    private static void Put(ArrayBufferWriter<byte> document, string text) => document.Write(Encoding.UTF8.GetBytes(text));

    private sealed record Frame(string Begin = "", string Between = "", string After = "", string End = "");
}

/// <summary>An entry in the hands of a view.</summary>
internal sealed record ViewedEntry(AuditLeaf Leaf, ReportLeaf Fields, LogPlace Place);
