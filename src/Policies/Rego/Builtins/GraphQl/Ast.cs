using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.GraphQl;

/// <summary>
/// One object of a document as policies see it, which may be one that a policy made: whatever is missing or of another kind reads
/// as nothing.
/// </summary>
internal readonly struct Ast
{
    private readonly RegoObject _entries;

    public Ast(RegoValue value)
    {
        _entries = value.AsObject ?? RegoObject.Empty;
    }

    public bool IsNothing => _entries is null || _entries.Count == 0;

    public string Name => Text("Name");

    public Ast Type => One("Type");

    public bool IsNonNull => Flag("NonNull");

    public ValueKind Kind => _entries["Kind"].TryInteger(out var kind) ? (ValueKind)kind : ValueKind.Variable;

    public bool Has(string key) => _entries[key].IsDefined;

    public bool Flag(string key) => _entries[key].IsTrue;

    public string Text(string key) => _entries[key].AsString?.Text ?? "";

    public RegoValue Get(string key) => _entries[key];

    public Ast One(string key) => new(_entries[key]);

    public List<Ast> Many(string key)
    {
        var all = new List<Ast>();
        foreach (ref readonly var item in Items(key)) all.Add(new Ast(item));
        return all;
    }

    public List<string> Texts(string key)
    {
        var all = new List<string>();
        foreach (ref readonly var item in Items(key)) all.Add(item.AsString?.Text ?? "");
        return all;
    }

    /// <summary>The item of a list that has a name.</summary>
    public bool TryFind(string key, string name, out Ast found)
    {
        foreach (ref readonly var item in Items(key))
        {
            found = new Ast(item);
            if (found.Name == name) return true;
        }

        found = default;
        return false;
    }

    /// <summary>Of a type: the name under all lists.</summary>
    public string InnermostName()
    {
        var type = this;
        while (type.Has("Elem")) type = type.One("Elem");
        return type.Text("NamedType");
    }

    /// <summary>Of a type: as one writes it.</summary>
    public string TypeText() =>
        (Has("Elem") ? $"[{One("Elem").TypeText()}]" : Text("NamedType")) + (IsNonNull ? "!" : "");

    private ReadOnlySpan<RegoValue> Items(string key) => _entries[key].AsArray is { } array ? array.Items : default;
}
