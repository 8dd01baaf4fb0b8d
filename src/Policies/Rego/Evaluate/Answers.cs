using System.Collections;
using System.Diagnostics.CodeAnalysis;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>Yields one answer of a query.</summary>
internal sealed class YieldAnswerNode(string[] names, Source[] values) : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        machine.Answers.Add(names, values, frame);
        return false;
    }
}

/// <summary>
/// The answers of a query. A single answer of a boolean is the same for everybody, so that the usual decision allocates nothing.
/// </summary>
internal sealed class AnswerCollector
{
    /// <summary>No answers.</summary>
    public static RegoAnswers None { get; } = new([], null);

    private List<IReadOnlyDictionary<string, RegoValue>>? _more;
    private string[] _names = [];
    private RegoValue _only;
    private int _count;

    public void Add(string[] names, Source[] values, RegoValue[] frame)
    {
        if (++_count == 1 && values.Length == 1)
        {
            _names = names;
            _only = values[0].Get(frame);
            return;
        }

        if (_more is null)
        {
            _more = [];
            if (_count > 1) _more.Add(new Answer(_names, [_only]));
        }

        var row = new RegoValue[values.Length];
        for (var i = 0; i < row.Length; i++) row[i] = values[i].Get(frame);
        _more.Add(new Answer(names, row));
    }

    public void Clear()
    {
        _more = null;
        _only = default;
        _count = 0;
    }

    /// <summary>The answers, which stay as they are whatever is collected afterwards.</summary>
    /// <param name="booleans">Where the query keeps its answers of <c>false</c> and <c>true</c>.</param>
    public RegoAnswers Build(RegoAnswers?[] booleans)
    {
        if (_count == 0) return None;
        if (_more is not null) return new RegoAnswers(_more, null);
        if (!_only.IsTrue && !_only.IsFalse) return new RegoAnswers([new Answer(_names, [_only])], null);
        return booleans[_only.IsTrue ? 1 : 0] ??= new RegoAnswers([new Answer(_names, [_only])], null);
    }
}

/// <summary>The names of a query with the values of one answer.</summary>
internal sealed class Answer(string[] names, RegoValue[] values) : IReadOnlyDictionary<string, RegoValue>
{
    public int Count => names.Length;

    public IEnumerable<string> Keys => names;

    public IEnumerable<RegoValue> Values => values;

    public RegoValue this[string key] =>
        TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"the query has no name `{key}`");

    public bool ContainsKey(string key) => Array.IndexOf(names, key) >= 0;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out RegoValue value)
    {
        var at = Array.IndexOf(names, key);
        value = at < 0 ? default : values[at];
        return at >= 0;
    }

    public IEnumerator<KeyValuePair<string, RegoValue>> GetEnumerator()
    {
        for (var i = 0; i < names.Length; i++) yield return new KeyValuePair<string, RegoValue>(names[i], values[i]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
