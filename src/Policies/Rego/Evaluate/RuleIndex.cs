using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// Tells by one value which rules at a place may hold, as OPA's index does: the others are not evaluated, so their errors and
/// conflicts never happen.
/// </summary>
/// <param name="Root">Where the value is found: the input, the base documents, or (for a value) an operand.</param>
/// <param name="Operand">Which operand; -1 for none.</param>
/// <param name="Path">The keys from there to the value.</param>
/// <param name="Known">What may hold for each value that some rule asks for.</param>
/// <param name="Others">What may hold for all other values, and for none.</param>
internal sealed record RuleIndex(
    LookupRoot Root, int Operand, RegoValue[] Path, Dictionary<RegoValue, RuleChoice> Known, RuleChoice Others)
{
    private readonly FieldSight[] _sights = [.. Path.Select(k => new FieldSight(k))];

    /// <summary>The positions of the rules that may hold, in the order in which they were written.</summary>
    public int[] Candidates(Machine machine, ReadOnlySpan<RegoValue> operands)
    {
        var index = this;
        while (true)
        {
            var value = index.Find(machine, operands);
            var choice = value.IsDefined && index.Known.TryGetValue(value, out var found) ? found : index.Others;
            if (choice.Next is null) return choice.Rules;
            index = choice.Next;
        }
    }

    private RegoValue Find(Machine machine, ReadOnlySpan<RegoValue> operands)
    {
        if (Root == LookupRoot.Base && machine.Scope.Patch?.Joined(machine.Builtins, Path) is { IsDefined: true } joined) return joined;
        var value = Root switch
        {
            LookupRoot.Value => operands[Operand],
            LookupRoot.Input => machine.Scope.Input,
            LookupRoot.Base => machine.Scope.Data,
        };
        for (var i = 0; i < Path.Length; i++)
        {
            value = value.Node switch
            {
                RegoObject entries => _sights[i].In(entries),
                RegoArray items => items.Find(Path[i]),
                RegoSet members => members.Find(Path[i]),
                _ => default,
            };
        }

        return value;
    }
}

/// <summary>Rules that may hold, or another look that tells more of them apart.</summary>
internal sealed record RuleChoice(int[] Rules, RuleIndex? Next);
