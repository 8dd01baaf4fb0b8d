using System.Diagnostics;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>A real OPA: the program that the environment variable <c>OPA</c> names, or the one that <c>tests/opa</c> built.</summary>
internal static class Opa
{
    /// <summary>The program's path; the test is skipped when there is none.</summary>
    public static string RequirePath()
    {
        var path = Environment.GetEnvironmentVariable("OPA");
        if (string.IsNullOrEmpty(path))
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (string.IsNullOrEmpty(cache)) cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            path = Path.Combine(cache, "gitopsgate", "opa");
        }

        Assert.SkipUnless(File.Exists(path), "needs a real OPA: set OPA to its path, or build one with tests/opa");
        return path;
    }

    /// <summary>What it prints.</summary>
    public static async Task<string> RunAsync(string path, params string[] arguments)
    {
        var start = new ProcessStartInfo(path) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return await output is { Length: > 0 } printed ? printed : await errors;
    }
}
