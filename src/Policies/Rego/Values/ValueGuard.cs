using System.Runtime.CompilerServices;
using GitOpsGate.Policies.Rego.Evaluate;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// What work on values asks before each level and each long stretch: whether the stack has room, and whether the evaluation on this
/// thread may go on. Values are shared and know of no evaluation, yet a small one can be enormous once it is written out
/// (<c>[x, x]</c> of <c>[y, y]</c> of…), so comparing, hashing, sorting, reading and writing them is charged here.
/// </summary>
internal static class ValueGuard
{
    /// <summary>Collections from this size on are sorted under the budget.</summary>
    private const int LongSort = 256;

    /// <summary>One level down, into so many items.</summary>
    /// <exception cref="InsufficientExecutionStackException">The value is nested too deeply.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter(int items)
    {
        StackRoom.Ensure();
        EvaluationBudget.Current?.Charge(1 + (items >> 5));
    }

    /// <summary>Work without recursion: steps of about a microsecond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Work(long steps)
    {
        if (steps > 0) EvaluationBudget.Current?.Charge(steps);
    }

    /// <summary>The order of values, for sorting so many of them: long sorts can be ended.</summary>
    public static Comparison<RegoValue> OrderFor(int count)
    {
        if (count < LongSort || EvaluationBudget.Current is not { } budget) return RegoOrder.Comparison;
        var compared = 0;
        return (left, right) =>
        {
            if ((++compared & 15) == 0) budget.Step();
            return RegoOrder.Compare(left, right);
        };
    }

    /// <summary>The same as <see cref="OrderFor"/>, as a comparer.</summary>
    public static IComparer<RegoValue> ComparerFor(int count) =>
        count < LongSort ? RegoOrder.Comparer : Comparer<RegoValue>.Create(OrderFor(count));

    /// <summary>
    /// Sorts, and gives back what the evaluation's end was: a sort wraps what its comparison throws.
    /// </summary>
    public static void Sort(Action sort)
    {
        try
        {
            sort();
        }
        catch (InvalidOperationException wrapped) when (wrapped.InnerException is { } reason)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(reason);
        }
    }
}
