using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>One body, linked and ready to run: slot 0 of its frame takes what it yields, the next slots what it is
/// given.</summary>
internal sealed class RulePlan
{
    public required int Id { get; init; }

    public required Node Entry { get; init; }

    public required int FrameSize { get; init; }

    public required PolicyPlace Place { get; init; }

    /// <summary>What is tried when this yields nothing.</summary>
    public RulePlan? Else { get; set; }

    /// <summary>Whether it does enough work that its answers are worth remembering.</summary>
    public bool IsCostly { get; init; }

    /// <summary>Runs with the given values and gives what slot 0 holds afterwards.</summary>
    public RegoValue Run(Machine machine, ReadOnlySpan<RegoValue> given, RegoValue start = default)
    {
        var frame = machine.Rent(this);
        frame[0] = start;
        given.CopyTo(frame.AsSpan(1));
        Entry.Run(machine, frame);
        var result = frame[0];
        machine.Return(this, frame);
        return result;
    }
}
