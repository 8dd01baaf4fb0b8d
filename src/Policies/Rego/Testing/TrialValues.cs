using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Syntax;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>Finds the parts of a literal whose values say why it did not hold: variables, and paths into the input or variables.</summary>
internal sealed class TrialValues(TrialText text, IReadOnlyDictionary<string, Source> known)
{
    private const int MostParts = 6;

    public List<TrialPart> PartsOf(Literal literal)
    {
        var parts = new List<TrialPart>();
        foreach (var term in Terms(literal.Shape)) Collect(term, parts);
        return [.. parts.DistinctBy(part => part.Text).Take(MostParts)];
    }

    private static Term[] Terms(LiteralShape shape) => shape switch
    {
        LiteralShape.Plain { Term: Term.Call call } => call.Operands,
        LiteralShape.Plain plain => [plain.Term],
        LiteralShape.Each each => [each.Domain, each.Value],
        LiteralShape.Every every => [every.Domain],
        _ => [],
    };

    private void Collect(Term term, List<TrialPart> parts)
    {
        switch (term)
        {
            case Term.Var variable when known.TryGetValue(variable.Name, out var source):
                if (!source.IsConstant) parts.Add(new TrialPart(text.Of(term), source, [], IsInput: false));
                break;
            case Term.Ref { HeadName: { } head } path when (head == "input" || known.ContainsKey(head)) && KeysOf(path) is { } keys:
                parts.Add(new TrialPart(text.Of(term), known.GetValueOrDefault(head), keys, head == "input" && !known.ContainsKey(head)));
                break;
            case Term.Array array:
                foreach (var item in array.Items) Collect(item, parts);
                break;
            case Term.Set set:
                foreach (var item in set.Items) Collect(item, parts);
                break;
            case Term.Object entries:
                foreach (var entry in entries.Entries) Collect(entry.Value, parts);
                break;
        }
    }

    /// <summary>The keys of a path; null when one of them is not known here.</summary>
    private Source[]? KeysOf(Term.Ref path)
    {
        var keys = new Source[path.Parts.Length - 1];
        for (var i = 0; i < keys.Length; i++)
        {
            switch (path.Parts[i + 1])
            {
                case Term.Constant constant:
                    keys[i] = Source.Of(constant.Value);
                    break;
                case Term.Var variable when known.TryGetValue(variable.Name, out var source):
                    keys[i] = source;
                    break;
                default:
                    return null;
            }
        }

        return keys;
    }
}

/// <summary>A part of a literal, and where its value is found.</summary>
/// <param name="Text">The part as it is shown.</param>
/// <param name="From">Where the path begins, unless that is the input.</param>
/// <param name="Keys">The path.</param>
/// <param name="IsInput">Whether the path begins at the input.</param>
internal sealed record TrialPart(string Text, Source From, Source[] Keys, bool IsInput)
{
    /// <summary>The value now; null for what grows while a plan runs and is no value.</summary>
    public RegoSeenValue? Read(Machine machine, RegoValue[] frame)
    {
        var at = IsInput ? machine.Scope.Input : From.Get(frame);
        foreach (var key in Keys) at = CompilerBuiltins.Lookup(at, key.Get(frame));
        return at.Node is Collector or Cursor or ScopePair ? null : new RegoSeenValue(Text, at);
    }
}
