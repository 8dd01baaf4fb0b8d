using GitOpsGate.Policies.Rego.Syntax;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>What is known so far of one thing that is tried: a rule, or a literal.</summary>
internal sealed class Trial(PolicyPlace place, Literal? literal, string text)
{
    private readonly Dictionary<object, Trial> _known = [];

    public PolicyPlace Place { get; } = place;

    /// <summary>The literal; null for a rule.</summary>
    public Literal? Literal { get; } = literal;

    public string Text { get; } = text;

    public int Tried { get; set; }

    public int Held { get; set; }

    public IReadOnlyList<RegoSeenValue> Seen { get; set; } = [];

    /// <summary>What was tried inside, in the order of the first time.</summary>
    public List<Trial> Inside { get; } = [];

    public Trial Below(object key, Func<Trial> make)
    {
        if (_known.TryGetValue(key, out var known)) return known;
        Inside.Add(_known[key] = make());
        return Inside[^1];
    }
}
