using System.Text;
using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Format;

/// <summary>
/// Writes lines with indentation. A comment that stood at the end of a line waits until the line that is being written ends; all others
/// are written when the writing passes the place where they stood.
/// </summary>
internal sealed class LineWriter
{
    private readonly StringBuilder _text = new();
    private List<SourceComment> _comments;
    private int _level;
    private SourceComment? _waiting;
    private bool _keepsWaiting;

    public LineWriter(IEnumerable<SourceComment> comments) => _comments = [.. comments];

    public bool IsInLine { get; private set; }

    public bool HasWaitingComment => _waiting is not null;

    /// <summary>Whether two comments wanted the end of the same line since this was last reset.</summary>
    public bool HasCollision { get; set; }

    /// <summary>The comments that have not been passed yet, in order.</summary>
    public IReadOnlyList<SourceComment> Comments => _comments;

    public string Text => _text.ToString();

    public State Save() => new(_text.Length, _comments, _level, _waiting, IsInLine);

    public void Restore(State state)
    {
        _text.Length = state.Length;
        (_comments, _level, IsInLine) = (state.Comments, state.Level, state.IsInLine);
        _waiting = null;
    }

    public void Write(string text) => _text.Append(text);

    public void Write(char c) => _text.Append(c);

    public void StartLine()
    {
        IsInLine = true;
        _text.Append('\t', _level);
    }

    public void StartLineUnlessIn()
    {
        if (!IsInLine) StartLine();
    }

    public void EndLine()
    {
        IsInLine = false;
        if (_waiting is { } comment && !_keepsWaiting)
        {
            _text.Append(" #").Append(comment.Text.TrimEnd());
            _waiting = null;
        }

        _keepsWaiting = false;
        _text.Append('\n');
    }

    public void BlankLine()
    {
        if (IsInLine) EndLine();
        _text.Append('\n');
    }

    public void Up() => _level++;

    public void Down() => _level--;

    /// <summary>Begins a sequence of indented lines; a comment at the end of the first line goes with the first item.</summary>
    public void StartIndented()
    {
        _keepsWaiting = true;
        EndLine();
        Up();
        StartLine();
    }

    /// <summary>Writes the comments above a row, and keeps the one in it for the end of the line.</summary>
    public void Pass(int row)
    {
        if (_comments.Count == 0 || _comments[0].Row > row) return;
        var before = _comments.TakeWhile(c => c.Row < row).ToList();
        var at = _comments.Skip(before.Count).TakeWhile(c => c.Row == row).ToList();
        _comments = _comments[(before.Count + at.Count)..];
        for (var i = 0; i < before.Count; i++)
        {
            if (i > 0 && before[i].Row - before[i - 1].Row > 1) BlankLine();
            WriteComment(before[i]);
        }

        if (before.Count > 0 && row - before[^1].Row > 1) BlankLine();
        if (at.Count == 0) return;
        if (_waiting is not null) HasCollision = true;
        _waiting = at[^1];
    }

    /// <summary>Takes a comment out of those to come: it is written by whoever takes it.</summary>
    public void Take(SourceComment comment) => _comments = [.. _comments.Where(c => !ReferenceEquals(c, comment))];

    /// <summary>Forgets the comments of rows that were copied from the source.</summary>
    public void Drop(int firstRow, int lastRow) => _comments = [.. _comments.Where(c => c.Row < firstRow || c.Row > lastRow)];

    public void WriteComment(SourceComment comment)
    {
        StartLineUnlessIn();
        _text.Append('#').Append(comment.Text.TrimEnd());
        EndLine();
    }

    internal readonly record struct State(
        int Length, List<SourceComment> Comments, int Level, SourceComment? Waiting, bool IsInLine);
}
