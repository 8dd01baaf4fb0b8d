namespace GitOpsGate.Forges.Budget;

/// <summary>How many calls were made in the last hour, to the minute. Not safe to use from many threads.</summary>
internal sealed class RollingCount
{
    private const int Minutes = 60;

    private readonly long[] _counts = new long[Minutes];
    private long _minute;

    public void Add(DateTimeOffset now)
    {
        Turn(now);
        _counts[_minute % Minutes]++;
    }

    public long Total(DateTimeOffset now)
    {
        Turn(now);
        return _counts.Sum();
    }

    /// <summary>When the oldest calls will be an hour old; an hour from now when there are none.</summary>
    public DateTimeOffset NextRelief(DateTimeOffset now)
    {
        Turn(now);
        for (var minute = _minute - Minutes + 1; minute <= _minute; minute++)
        {
            if (_counts[minute % Minutes] > 0) return DateTimeOffset.FromUnixTimeSeconds((minute + Minutes) * 60);
        }

        return now.AddHours(1);
    }

    private void Turn(DateTimeOffset now)
    {
        var minute = Math.Max(_minute, now.ToUnixTimeSeconds() / 60);
        for (var passed = Math.Max(_minute + 1, minute - Minutes + 1); passed <= minute; passed++) _counts[passed % Minutes] = 0;
        _minute = minute;
    }
}
