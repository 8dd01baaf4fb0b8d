using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// Counts what one evaluation uses. A step costs a decrement; every so many steps the clock, the allocations and the cancellation
/// are looked at.
/// </summary>
internal sealed class EvaluationBudget
{
    private const int StepsBetweenLooks = 1024;

    private readonly RegoLimits _limits;
    private readonly CancellationToken _cancellation;
    private readonly long _endsAt;
    private readonly long _allocatedAtStart;
    private long _stepsLeft;
    private int _untilLook = StepsBetweenLooks;

    public EvaluationBudget(RegoLimits limits, CancellationToken cancellation)
    {
        _limits = limits;
        _cancellation = cancellation;
        _stepsLeft = limits.Steps;
        _endsAt = Environment.TickCount64 + (long)Math.Min(limits.Time.TotalMilliseconds, int.MaxValue);
        _allocatedAtStart = GC.GetAllocatedBytesForCurrentThread();
    }

    public RegoLimits Limits => _limits;

    /// <summary>Takes one step.</summary>
    public void Step()
    {
        if (--_untilLook <= 0) Look(StepsBetweenLooks);
    }

    /// <summary>Takes many steps at once, before the work that they stand for.</summary>
    public void Charge(long steps)
    {
        if (steps < _untilLook)
        {
            _untilLook -= (int)Math.Max(0, steps);
            return;
        }

        Look(steps + StepsBetweenLooks - _untilLook);
    }

    /// <summary>Checks the size of one result before it is made.</summary>
    public void CheckSize(long size)
    {
        if (size > _limits.ResultSize)
        {
            throw new RegoLimitException(
                RegoErrorCodes.LimitSize, $"a single result of {size} is larger than the limit of {_limits.ResultSize}");
        }

        Charge(size / 16);
    }

    private void Look(long steps)
    {
        _untilLook = StepsBetweenLooks;
        _stepsLeft -= steps;
        _cancellation.ThrowIfCancellationRequested();
        if (_stepsLeft < 0)
        {
            throw new RegoLimitException(RegoErrorCodes.LimitSteps, $"the evaluation took more than {_limits.Steps} steps");
        }

        if (Environment.TickCount64 > _endsAt)
        {
            throw new RegoLimitException(
                RegoErrorCodes.LimitTime, $"the evaluation took longer than {_limits.Time.TotalMilliseconds} ms");
        }

        if (GC.GetAllocatedBytesForCurrentThread() - _allocatedAtStart > _limits.AllocatedBytes)
        {
            throw new RegoLimitException(
                RegoErrorCodes.LimitMemory, $"the evaluation allocated more than {_limits.AllocatedBytes} bytes");
        }
    }
}
