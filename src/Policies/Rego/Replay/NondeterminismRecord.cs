using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Replay;

/// <summary>
/// What an evaluation asked of the world and was told, in the form of OPA's <c>nd_builtin_cache</c>: by function, and there by the
/// JSON text of the operands. A call that failed is recorded as <c>{"error": {"code": …, "message": …}}</c>, one that was undefined as
/// <c>null</c>. Immutable, with its keys in order: the same answers give the same text.
/// </summary>
public sealed class NondeterminismRecord
{
    private readonly RegoObject _functions;

    internal NondeterminismRecord(RegoObject functions) => _functions = functions;

    /// <summary>Nothing was asked.</summary>
    public static NondeterminismRecord Empty { get; } = new(RegoObject.Empty);

    /// <summary>Whether nothing was asked.</summary>
    public bool IsEmpty => _functions.Count == 0;

    /// <summary>The record as compact JSON: <c>{"time.now_ns":{"[]":1663803565571081429}}</c>.</summary>
    public string Text => RegoJson.ToText(RegoValue.Of(_functions));

    /// <summary>Reads a record from its JSON text.</summary>
    /// <param name="json">The text, in UTF-8.</param>
    /// <param name="record">The record; empty when it cannot be read.</param>
    /// <param name="problem">Why it cannot be read, or null.</param>
    public static bool TryParse(ReadOnlySpan<byte> json, out NondeterminismRecord record, out string? problem)
    {
        record = Empty;
        if (!RegoJson.TryParse(json, out var value, out problem)) return false;
        if (value.AsObject is { } functions && AreObjects(functions.Values))
        {
            record = new NondeterminismRecord(functions);
            return true;
        }

        problem = "should be an object of objects: by function, and there by operands";
        return false;
    }

    /// <summary>The JSON text under which the answer to a call is kept.</summary>
    internal static string KeyOf(ReadOnlySpan<RegoValue> operands) => RegoJson.ToText(RegoValue.Of(new RegoArray(operands.ToArray())));

    /// <summary>What a function was told for some operands; undefined when it was not asked.</summary>
    internal RegoValue Find(string function, string key) => _functions[function].AsObject?[key] ?? default;

    /// <summary>All calls of the record, in order, as <c>name(operands)</c>.</summary>
    internal IEnumerable<(string Function, string Key)> Calls()
    {
        for (var i = 0; i < _functions.Count; i++)
        {
            var calls = _functions.Values[i].AsObject!;
            for (var j = 0; j < calls.Count; j++) yield return (_functions.Keys[i].Text, calls.Keys[j].Text);
        }
    }

    private static bool AreObjects(ReadOnlySpan<RegoValue> values)
    {
        foreach (ref readonly var value in values)
        {
            if (value.AsObject is null) return false;
        }

        return true;
    }
}
