using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Short names of zones (<c>CET</c>, <c>CEST</c>) from the system's time zone files (RFC 8536), which .NET does not give.</summary>
internal static class ZoneNames
{
    private const string Folder = "/usr/share/zoneinfo/";

    private static readonly ConcurrentDictionary<string, Zone?> Zones = new(StringComparer.Ordinal);

    /// <summary>The short name in force at a moment; null when the files do not say.</summary>
    public static string? Of(string zone, DateTime utc)
    {
        if (zone.Any(unit => !char.IsAsciiLetterOrDigit(unit) && unit is not ('/' or '_' or '-' or '+'))) return null;
        return Zones.GetOrAdd(zone, Read)?.NameAt((long)(utc - DateTime.UnixEpoch).TotalSeconds);
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
        var labels = new string[typeCount];
        for (var i = 0; i < typeCount; i++)
        {
            var start = texts + file[infos + (i * 6) + 5];
            labels[i] = Encoding.ASCII.GetString(file, start, Array.IndexOf(file, (byte)0, start, texts + names - start) - start);
        }

        var changes = new (long, string)[count];
        for (var i = 0; i < count; i++)
            changes[i] = (BinaryPrimitives.ReadInt64BigEndian(file.AsSpan(times + (i * 8))), labels[file[types + i]]);
        return new Zone(labels[0], changes);
    }

    private static int BodySize(byte[] file, int header, int timeSize)
    {
        var (utc, standard, leap) = (Number(file, header + 20), Number(file, header + 24), Number(file, header + 28));
        var (count, typeCount, names) = (Number(file, header + 32), Number(file, header + 36), Number(file, header + 40));
        return (count * timeSize) + count + (typeCount * 6) + names + (leap * (timeSize + 4)) + standard + utc;
    }

    private static int Number(byte[] file, int at) => BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));

    private sealed record Zone(string First, (long At, string Name)[] Changes)
    {
        public string? NameAt(long seconds)
        {
            // Beyond the last change the file has only a rule; the name is that of the same day in the last listed years.
            if (Changes.Length > 2 && seconds > Changes[^1].At + 31_556_952)
            {
                var cycles = ((seconds - Changes[^1].At) / 31_556_952) + 1;
                seconds -= cycles * 31_556_952;
            }

            var name = First;
            foreach (var (at, next) in Changes)
            {
                if (at > seconds) break;
                name = next;
            }

            return name;
        }
    }
}
