using System.Security.Cryptography;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>
/// When to try again: 2 s, 4 s, 8 s … up to 15 minutes, each less up to half of it by chance, so that what failed together
/// does not come
/// back together; never sooner than the other side asked for. Twelve tries are about an hour and a half.
/// </summary>
internal static class Backoff
{
    public const int Tries = 12;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongestAsked = TimeSpan.FromHours(2);

    /// <summary>The moment of the next try, or null when there is none.</summary>
    /// <param name="attempts">How often it was tried before this time.</param>
    /// <param name="asked">What the other side asked to wait, or null; a stranger's number, so it is bounded.</param>
    public static DateTimeOffset? Next(int attempts, TimeSpan? asked, DateTimeOffset now)
    {
        if (attempts + 1 >= Tries) return null;
        var full = Math.Min(First.TotalMilliseconds * Math.Pow(2, attempts), Longest.TotalMilliseconds);
        var wait = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)(full / 2), (int)full + 1));
        var atLeast = asked is { } wish ? (wish < LongestAsked ? wish : LongestAsked) : TimeSpan.Zero;
        return now + (wait > atLeast ? wait : atLeast);
    }
}
