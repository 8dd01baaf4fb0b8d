using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>
/// Short names of zones (<c>CET</c>, <c>CEST</c>) from the system's time zone files (RFC 8536), which .NET does not give, and
/// offsets to the second, which .NET rounds to minutes.
/// </summary>
internal static class ZoneNames
{
    private const string Folder = "/usr/share/zoneinfo/";

    private static readonly ConcurrentDictionary<string, Zone?> Zones = new(StringComparer.Ordinal);

    /// <summary>The short name in force at a moment and the seconds ahead of UTC; null for what the files do not say.</summary>
    public static (string? Name, int? Offset) Of(string zone, DateTime utc)
    {
        if (zone.Any(unit => !char.IsAsciiLetterOrDigit(unit) && unit is not ('/' or '_' or '-' or '+'))) return default;
        return Zones.GetOrAdd(zone, Read)?.At((long)(utc - DateTime.UnixEpoch).TotalSeconds) ?? default;
    }

    private static Zone? Read(string zone)
    {
        try
        {
            return Parse(File.ReadAllBytes(Folder + zone));
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static Zone? Parse(byte[] file)
    {
        if (file.Length < 44 || Encoding.ASCII.GetString(file, 0, 4) != "TZif" || file[4] < (byte)'2') return null;

        // The first part is for readers of 32 bits; the second says the same in 64.
        var second = 44 + BodySize(file, 0, 4);
        var (typeCount, count, names) = (Number(file, second + 36), Number(file, second + 32), Number(file, second + 40));
        var times = second + 44;
        var types = times + (count * 8);
        var infos = types + count;
        var texts = infos + (typeCount * 6);
        var labels = new (string Name, int Offset)[typeCount];
        for (var i = 0; i < typeCount; i++)
        {
            var start = texts + file[infos + (i * 6) + 5];
            var name = Encoding.ASCII.GetString(file, start, Array.IndexOf(file, (byte)0, start, texts + names - start) - start);
            labels[i] = (name, Number(file, infos + (i * 6)));
        }

        var changes = new (long, string, int)[count];
        for (var i = 0; i < count; i++)
        {
            var (name, offset) = labels[file[types + i]];
            changes[i] = (BinaryPrimitives.ReadInt64BigEndian(file.AsSpan(times + (i * 8))), name, offset);
        }

        // The file ends with a rule for what comes after; a comma in it means that the clocks go on changing every year.
        var rule = Encoding.ASCII.GetString(file.AsSpan(second + 44 + BodySize(file, second, 8)));
        return new Zone(labels[0].Name, labels[0].Offset, changes, rule.Contains(',', StringComparison.Ordinal));
    }

    private static int BodySize(byte[] file, int header, int timeSize)
    {
        var (utc, standard, leap) = (Number(file, header + 20), Number(file, header + 24), Number(file, header + 28));
        var (count, typeCount, names) = (Number(file, header + 32), Number(file, header + 36), Number(file, header + 40));
        return (count * timeSize) + count + (typeCount * 6) + names + (leap * (timeSize + 4)) + standard + utc;
    }

    private static int Number(byte[] file, int at) => BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));

    private sealed record Zone(string FirstName, int FirstOffset, (long At, string Name, int Offset)[] Changes,
        bool GoesOnChanging)
    {
        private const long AverageYear = 31_556_952;

        public (string? Name, int? Offset) At(long seconds)
        {
            // Beyond the last change, the name is that of the same day in the last year that is listed; the offset is left to
            // others.
            var isBeyond = GoesOnChanging && Changes.Length > 2 && seconds > Changes[^1].At + AverageYear;
            if (isBeyond) seconds -= (((seconds - Changes[^1].At) / AverageYear) + 1) * AverageYear;
            var (name, offset) = (FirstName, FirstOffset);
            foreach (var change in Changes)
            {
                if (change.At > seconds) break;
                (name, offset) = (change.Name, change.Offset);
            }

            return (name, isBeyond ? null : offset);
        }
    }
}
