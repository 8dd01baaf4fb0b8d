using GitOpsGate.Policies.Rego.Errors;

namespace GitOpsGate.Policies.Rego.Evaluate;

/// <summary>
/// Counts what one evaluation uses. A step costs a decrement; every so many steps the clock, the allocations and the cancellation
/// are looked at.
/// </summary>
internal sealed class EvaluationBudget
{
    private const int StepsBetweenLooks = 1024;

    /// <summary>How many values of a result one step stands for, when it is checked before it is made.</summary>
    private const int SizePerStep = 16;

    [ThreadStatic]
    private static EvaluationBudget? _current;

    private RegoLimits _limits;
    private CancellationToken _cancellation;
    private long _endsAt;
    private long _allocatedAtStart;
    private long _stepsLeft;
    private int _untilLook;

    public EvaluationBudget(RegoLimits limits, CancellationToken cancellation)
    {
        _limits = limits;
        Restart(limits, cancellation);
    }

    public RegoLimits Limits => _limits;

    /// <summary>Counts from nothing again, for another evaluation on this thread.</summary>
    public void Restart(RegoLimits limits, CancellationToken cancellation)
    {
        _limits = limits;
        _untilLook = StepsBetweenLooks;
        _cancellation = cancellation;
        _stepsLeft = limits.Steps;
        _endsAt = Environment.TickCount64 + (long)Math.Min(limits.Time.TotalMilliseconds, int.MaxValue);
        _allocatedAtStart = GC.GetAllocatedBytesForCurrentThread();
    }

    /// <summary>The budget of the evaluation that runs on this thread; null when none does.</summary>
    public static EvaluationBudget? Current => _current;

    /// <summary>Makes this the budget of this thread until the result is disposed of.</summary>
    public Turn Begin() => new(this);

    /// <summary>Ends what the evaluation waits for.</summary>
    public CancellationToken Cancellation => _cancellation;

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

        Look(Math.Min(steps, long.MaxValue / 4) + StepsBetweenLooks - _untilLook);
    }

    /// <summary>Checks the size of one result before it is made.</summary>
    public void CheckSize(long size)
    {
        if (size > _limits.ResultSize)
        {
            throw new RegoLimitException(
                RegoErrorCodes.LimitSize, $"a single result of {size} is larger than the limit of {_limits.ResultSize}");
        }

        Charge(size / SizePerStep);
    }

    private void Look(long steps)
    {
        _untilLook = StepsBetweenLooks;
        _stepsLeft -= steps;
        _cancellation.ThrowIfCancellationRequested();
        if (_stepsLeft < 0)
        {
            throw new RegoLimitException(RegoErrorCodes.LimitSteps, $"it took more than {_limits.Steps} steps");
        }

        if (Environment.TickCount64 > _endsAt)
        {
            throw new RegoLimitException(RegoErrorCodes.LimitTime, $"it took longer than {_limits.Time.TotalMilliseconds} ms");
        }

        if (GC.GetAllocatedBytesForCurrentThread() - _allocatedAtStart > _limits.AllocatedBytes)
        {
            throw new RegoLimitException(
                RegoErrorCodes.LimitMemory, $"it allocated more than {_limits.AllocatedBytes} bytes");
        }
    }

    /// <summary>The time during which a budget is its thread's; turns may be inside one another.</summary>
    internal readonly ref struct Turn
    {
        private readonly EvaluationBudget? _before;

        public Turn(EvaluationBudget budget)
        {
            _before = _current;
            _current = budget;
        }

        public void Dispose() => _current = _before;
    }
}
