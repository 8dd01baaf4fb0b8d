using System.Diagnostics;

namespace GitOpsGate.Forges.Tests.Git;

/// <summary>The git processes that stand by for mirrors below one folder (Linux).</summary>
internal static class StandingGits
{
    public static IEnumerable<Process> Of(string scratch)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            var line = Read(Path.Combine(folder, "cmdline"));
            if (line.Contains(scratch, StringComparison.Ordinal) && (line.Contains("cat-file", StringComparison.Ordinal) || line.Contains("--stdin", StringComparison.Ordinal)))
                yield return Process.GetProcessById(int.Parse(Path.GetFileName(folder)));
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
