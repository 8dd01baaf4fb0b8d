using System.Diagnostics;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>The machine's own OpenSSL, which knows nothing of us.</summary>
internal static class OpenSsl
{
    /// <summary>What it says of a time-stamp token over these bytes.</summary>
    public static async Task<string> VerifyAsync(byte[] stamped, byte[] token, string root)
    {
        using var folder = new TempFolder();
        var (data, file) = (Path.Combine(folder.Path, "data"), Path.Combine(folder.Path, "token"));
        await File.WriteAllBytesAsync(data, stamped, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(file, token, TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo("openssl", ["ts", "-verify", "-data", data, "-in", file, "-token_in", "-CAfile", root])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var openssl = Process.Start(start)!;
        var (output, errors) = (openssl.StandardOutput.ReadToEndAsync(), openssl.StandardError.ReadToEndAsync());
        await openssl.WaitForExitAsync(TestContext.Current.CancellationToken);
        var said = (await output + await errors).Trim();
        return said.Split('\n').Contains("Verification: OK") ? "Verification: OK" : said;
    }
}
