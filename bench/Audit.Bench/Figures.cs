using System.Globalization;
using System.Text;

namespace GitOpsGate.AuditBench;

/// <summary>Figures as one line of JSON, and what the operating system knows of this process (Linux).</summary>
internal static class Figures
{
    private static readonly CompositeFormat Pair = CompositeFormat.Parse("\"{0}\":{1}");

    public static void Print(params ReadOnlySpan<(string Name, object Value)> figures)
    {
        var line = new StringBuilder("{");
        foreach (var (name, value) in figures)
        {
            if (line.Length > 1) line.Append(',');
            var text = value is string word ? $"\"{word}\"" : value is double number ? number.ToString("0.###", CultureInfo.InvariantCulture) : value;
            line.Append(string.Format(CultureInfo.InvariantCulture, Pair, name, text));
        }

        Console.WriteLine(line.Append('}'));
    }

    /// <summary>The value that a share of the sorted values lies below.</summary>
    public static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[Math.Min((int)(sorted.Length * share), sorted.Length - 1)];

    /// <summary>Megabytes of a line of <c>/proc/self/status</c>: <c>VmRSS</c> now, <c>VmHWM</c> at most so far.</summary>
    public static long Megabytes(string name) => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith($"{name}:", StringComparison.Ordinal))
        .Select(line => long.Parse(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024)
        .Single();

    /// <summary>CPU seconds so far of the threads with a name.</summary>
    public static double ThreadSeconds(string name)
    {
        var ticks = 0L;
        foreach (var task in Directory.GetDirectories("/proc/self/task"))
        {
            if (File.ReadAllText(Path.Combine(task, "comm")).TrimEnd() != name) continue;
            // After the name in parentheses: user and system time are the 12th and the 13th field.
            var fields = File.ReadAllText(Path.Combine(task, "stat")).Split(") ")[^1].Split(' ');
            ticks += long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        }

        return ticks / 100.0;
    }

    /// <summary>Has <c>VmHWM</c> count from now on.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");
}
