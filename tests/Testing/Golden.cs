using System.Runtime.CompilerServices;
using System.Text;

namespace GitOpsGate.Testing;

/// <summary>Compares text with a committed file; <c>UPDATE_GOLDEN=1</c> writes the file anew, to be read in the diff.</summary>
public static class Golden
{
    /// <summary>The file stands in <c>Golden/</c> beside the calling test.</summary>
    /// <exception cref="GoldenMismatchException">The file is absent or says something else.</exception>
    public static void Matches(string name, string actual, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(caller)!, "Golden", name);
        var text = actual.ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text, new UTF8Encoding(false));
            return;
        }

        var expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : null;
        if (expected != text) throw new GoldenMismatchException(Describe(name, expected, text));
    }

    private static string Describe(string name, string? expected, string actual)
    {
        if (expected is null) return $"golden file `{name}` is absent; run with UPDATE_GOLDEN=1 to write it:\n{actual}";
        var (was, now) = (expected.Split('\n'), actual.Split('\n'));
        var line = Enumerable.Range(0, Math.Max(was.Length, now.Length)).First(i => was.ElementAtOrDefault(i) != now.ElementAtOrDefault(i));
        return $"golden file `{name}` differs at line {line + 1}\n  expected: {was.ElementAtOrDefault(line) ?? "(end)"}\n"
            + $"  actual:   {now.ElementAtOrDefault(line) ?? "(end)"}";
    }
}

/// <summary>A text is not what its golden file says.</summary>
public sealed class GoldenMismatchException(string message) : Exception(message);
