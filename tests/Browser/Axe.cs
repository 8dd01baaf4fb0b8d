using System.Diagnostics;
using GitOpsGate.Testing;
using Microsoft.Playwright;
using Xunit;

namespace GitOpsGate.Browser;

/// <summary>axe-core, from the cache that <c>tests/Browser/axe</c> fills; it is never committed.</summary>
internal static class Axe
{
    private const string Question = """
        async () => (await axe.run()).violations.map(
            one => `${one.id} (${one.help}): ${one.nodes.map(node => node.html).join(" ")}`)
        """;

    private static readonly Lazy<Task<string?>> Script = new(FetchAsync);

    /// <summary>The text of axe-core; skips the test where it cannot be had.</summary>
    public static async Task<string> SourceAsync()
    {
        var script = await Script.Value;
        Assert.SkipWhen(script is null, "axe-core is not in the cache and cannot be fetched: see `tests/Browser/axe`");
        return script!;
    }

    /// <summary>What axe-core finds wrong with the page as it stands.</summary>
    public static async Task<string[]> ViolationsAsync(IPage page, string source)
    {
        await page.EvaluateAsync(source);
        return await page.EvaluateAsync<string[]>(Question);
    }

    private static async Task<string?> FetchAsync()
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(Shared.RepositoryRoot, "tests", "Browser", "axe"));
        try
        {
            using var process = Process.Start(start)!;
            var path = (await process.StandardOutput.ReadToEndAsync()).Trim();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? await File.ReadAllTextAsync(path) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
