using System.Globalization;

namespace GitOpsGate.Audit.Checkpoints;

/// <summary>
/// The name of a log. A log that lost entries for good goes on under a new name, with a number behind it (<c>…/e2</c>, <c>…/e3</c>), so that
/// nobody takes it for the one that was promised.
/// </summary>
public static class LogOrigin
{
    private const string Mark = "/e";

    /// <summary>The name that follows on another.</summary>
    public static string Next(string origin)
    {
        var (name, epoch) = Split(origin);
        return string.Create(CultureInfo.InvariantCulture, $"{name}{Mark}{epoch + 1}");
    }

    /// <summary>Whether two names are one log's, and the first is not the later one.</summary>
    public static bool IsBefore(string earlier, string origin)
    {
        var (one, other) = (Split(earlier), Split(origin));
        return one.Name == other.Name && one.Epoch <= other.Epoch;
    }

    /// <summary>A name without its number, and the number; the first one, 1, is not written.</summary>
    public static (string Name, int Epoch) Split(string origin)
    {
        var at = origin.LastIndexOf(Mark, StringComparison.Ordinal);
        if (at < 0) return (origin, 1);
        var number = origin.AsSpan(at + Mark.Length);
        return Notes.Checkpoint.IsNumber(number) && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) && epoch > 1
            ? (origin[..at], epoch)
            : (origin, 1);
    }
}
