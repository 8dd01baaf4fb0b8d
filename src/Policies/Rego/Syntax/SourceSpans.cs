namespace GitOpsGate.Policies.Rego.Syntax;

/// <summary>
/// Which part of the source each parsed thing came from. Kept only for those who write source back or show it; evaluating needs none
/// of it.
/// </summary>
internal sealed class SourceSpans(string text)
{
    private readonly Dictionary<object, (int Start, int End)> _spans = new(ReferenceEqualityComparer.Instance);

    /// <summary>The whole source.</summary>
    public string Source { get; } = text;

    public void Set(object node, int start, int end) => _spans[node] = (start, end);

    public void Copy(object from, object to)
    {
        if (_spans.TryGetValue(from, out var span)) _spans[to] = span;
    }

    public (int Start, int End)? Of(object node) => _spans.TryGetValue(node, out var span) ? span : null;

    /// <summary>The source of a node; empty for what the parser made up.</summary>
    public string TextOf(object node) => Of(node) is { } span ? Source[span.Start..span.End] : "";
}
