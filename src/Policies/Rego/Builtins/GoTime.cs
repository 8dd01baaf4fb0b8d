using System.Numerics;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>A moment with a place on the globe to look at it from. Nanoseconds fit 64 bits from the year 1677 to 2262.</summary>
/// <param name="Nanoseconds">Since 1970-01-01T00:00:00Z.</param>
/// <param name="Offset">How far the local clock is ahead of UTC, in seconds.</param>
/// <param name="Zone">The zone's short name.</param>
internal readonly record struct GoTime(long Nanoseconds, int Offset, string Zone)
{
    public const long PerSecond = 1_000_000_000;

    /// <summary>The local clock, in whole seconds.</summary>
    public DateTime Local => DateTime.UnixEpoch.AddTicks((WholeSeconds + Offset) * TimeSpan.TicksPerSecond);

    private long WholeSeconds => (Nanoseconds / PerSecond) - (Nanoseconds % PerSecond < 0 ? 1 : 0);

    /// <summary>Nanoseconds within the second.</summary>
    public long Fraction => ((Nanoseconds % PerSecond) + PerSecond) % PerSecond;

    public static GoTime Utc(long nanoseconds) => new(nanoseconds, 0, "UTC");

    /// <summary>A moment as a zone's clocks show it; null for a zone that is not known here.</summary>
    public static GoTime? In(long nanoseconds, string zone)
    {
        if (zone is "" or "UTC") return Utc(nanoseconds);
        if (zone.Contains("..", StringComparison.Ordinal) || !TryFindZone(zone, out var known)) return null;
        var moment = DateTime.UnixEpoch.AddTicks(nanoseconds / 100);
        var (name, listed) = ZoneNames.Of(zone, moment);
        var offset = listed ?? (int)known.GetUtcOffset(moment).TotalSeconds;
        return new GoTime(nanoseconds, offset, name ?? Signed(offset));
    }

    /// <summary>
    /// The moment at which a clock that is ahead of UTC shows a date and a time, normalised; null out of range.
    /// </summary>
    public static GoTime? Of(long days, long seconds, long nanoseconds, int offset, string zone)
    {
        var exact = ((((BigInteger)days * 86_400) + seconds - offset) * PerSecond) + nanoseconds;
        return exact >= long.MinValue && exact <= long.MaxValue ? new GoTime((long)exact, offset, zone) : null;
    }

    /// <summary>Days since 1970-01-01 of a date in the Gregorian calendar; months and days beyond their range run over.</summary>
    public static long Days(long year, long month, long day)
    {
        var years = year + Math.DivRem(month - 1, 12).Quotient;
        var rest = Math.DivRem(month - 1, 12).Remainder;
        if (rest < 0)
        {
            rest += 12;
            years--;
        }

        // Counting from March puts the leap day at the end of the year (Howard Hinnant, "chrono-compatible low-level date
        // algorithms").
        var shifted = rest + 1 <= 2 ? years - 1 : years;
        var era = (shifted >= 0 ? shifted : shifted - 399) / 400;
        var yearOfEra = shifted - (era * 400);
        var dayOfYear = ((153 * ((rest + 10) % 12)) + 2) / 5;
        return (era * 146_097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear + day - 1 - 719_468;
    }

    private static bool TryFindZone(string name, out TimeZoneInfo zone)
    {
        if (name == "Local")
        {
            zone = TimeZoneInfo.Local;
            return true;
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone!) && zone.HasIanaId;
    }

    private static string Signed(int offset) => (offset < 0 ? "-" : "+") + (Math.Abs(offset) / 3600).ToString("00")
        + (offset % 3600 == 0 ? "" : (Math.Abs(offset) / 60 % 60).ToString("00"));
}
