using System.Runtime.CompilerServices;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// A step of a linked plan. A step that succeeds runs the next one; a step with many answers runs it once for each. True means
/// stop:
/// enough is known, and everybody up the chain returns.
/// </summary>
internal abstract class Node
{
    public Node Next { get; set; } = null!;

    public abstract bool Run(Machine machine, RegoValue[] frame);
}

/// <summary>Where a step takes a value from: a slot of the frame, or a constant.</summary>
internal readonly struct Source
{
    private readonly int _slot;
    private readonly RegoValue _constant;

    private Source(int slot, RegoValue constant)
    {
        _slot = slot;
        _constant = constant;
    }

    public bool IsConstant => _slot < 0;

    public RegoValue Constant => _constant;

    public int Slot => _slot;

    public static Source At(int slot) => new(slot, default);

    public static Source Of(RegoValue constant) => new(-1, constant);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RegoValue Get(RegoValue[] frame) => _slot < 0 ? _constant : frame[_slot];
}

/// <summary>Ends a plan that needs only to know whether there is an answer.</summary>
internal sealed class StopNode : Node
{
    public override bool Run(Machine machine, RegoValue[] frame) => true;
}

/// <summary>
/// Looks whether the stack has room: a step runs the next one inside itself, so a long body is a deep stack, and an overflow
/// would end
/// the process.
/// </summary>
internal sealed class GuardNode : Node
{
    public override bool Run(Machine machine, RegoValue[] frame)
    {
        StackRoom.Ensure();
        return Next.Run(machine, frame);
    }
}

/// <summary>Never holds.</summary>
internal sealed class FailNode : Node
{
    public override bool Run(Machine machine, RegoValue[] frame) => false;
}
