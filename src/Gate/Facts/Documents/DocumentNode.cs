namespace GitOpsGate.Facts.Documents;

/// <summary>A value of a file with the line it starts at, from 1. Nodes may be shared where YAML has aliases; there are no cycles.</summary>
internal abstract record DocumentNode
{
    private DocumentNode(int line) => Line = line;

    public int Line { get; }

    internal sealed record Nothing(int At) : DocumentNode(At);

    internal sealed record Truth(int At, bool Value) : DocumentNode(At);

    /// <param name="At">The line.</param>
    /// <param name="Json">The number as JSON writes it.</param>
    internal sealed record Number(int At, string Json) : DocumentNode(At);

    internal sealed record Text(int At, string Value) : DocumentNode(At);

    internal sealed record List(int At, List<DocumentNode> Items) : DocumentNode(At);

    internal sealed record Map(int At, List<Entry> Entries) : DocumentNode(At);

    /// <param name="Line">Where the key stands.</param>
    internal sealed record Entry(string Key, int Line, DocumentNode Value);
}
