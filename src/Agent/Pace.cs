namespace GitOpsGate.Agent;

/// <summary>
/// How long to rest between passes: a moment after the gateway has let the agent wait, the usual time when it has not, and twice as long
/// after each trouble, up to five minutes; always a fifth more or less by chance, so that many agents do not come together.
/// </summary>
internal sealed class Pace(TimeSpan usual, Random chance)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private int _troubles;

    /// <summary>The rest after a pass.</summary>
    /// <param name="waited">Whether the gateway let the agent wait for news.</param>
    public TimeSpan After(Pass pass, bool waited)
    {
        var isTrouble = pass.End is PassEnd.Unanswered or PassEnd.Refused or PassEnd.Failed;
        _troubles = isTrouble ? _troubles + 1 : 0;
        var rest = isTrouble ? First * Math.Pow(2, Math.Min(_troubles - 1, 10)) : waited ? Moment : usual;
        if (rest > Longest && isTrouble) rest = Longest;
        rest *= 0.8 + (0.4 * chance.NextDouble());
        return pass.RetryAfter is { } asked && asked > rest ? (asked < Longest ? asked : Longest) : rest;
    }
}
