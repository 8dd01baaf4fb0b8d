using System.Buffers;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>Writes on, as long as the whole stays within the size of a result.</summary>
internal sealed class SizedWriter(IBufferWriter<byte> inner, EvaluationBudget budget) : IBufferWriter<byte>
{
    private long _written;

    public void Advance(int count)
    {
        _written += count;
        if (_written > budget.Limits.ResultSize) budget.CheckSize(_written);
        inner.Advance(count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);
}
