using System.Globalization;

namespace GitOpsGate.Storage.Reading;

/// <summary>Where a page of a list ended: the sort keys of its last row, so that rows which come or go meanwhile shift nothing.</summary>
internal static class Cursor
{
    public static string Write(long first, long second) => string.Create(CultureInfo.InvariantCulture, $"{first}.{second}");

    /// <summary>Reads a cursor; anything that is none starts at the beginning.</summary>
    public static (long First, long Second)? Read(string? text)
    {
        if (text?.Split('.') is [var left, var right]
            && long.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(right, NumberStyles.None, CultureInfo.InvariantCulture, out var second)) return (first, second);
        return null;
    }
}
