using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using GitOpsGate.Access;
using GitOpsGate.Audit.Anchors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Exports;
using GitOpsGate.Fakes.Anchors;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Anchors in a bundle of evidence, as the program, Python and OpenSSL see them.</summary>
public sealed class AnchorBundleTests : IDisposable
{
    private const string Stamp = "log/checkpoint.tsr";
    private readonly TempFolder _data = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_bundle_has_the_stamp_that_covers_it_and_names_the_commit()
    {
        await using var auditor = await FakeAuditor.StartAsync();
        await using var stranger = await FakeAuditor.StartAsync();
        var anchors = AnchorTests.Git(auditor) with { Timestamp = AnchorTests.Stamps(auditor).Timestamp };
        var settings = AuditSettings.In(_data.Path) with { Anchors = anchors };
        await using var gate = await StoredGateway.StartAsync(_data.Path, settings);
        await gate.GrowAsync(30);
        var commit = await AnchorTests.AnchoredAsync(gate, "git", 30);
        await AnchorTests.AnchoredAsync(gate, "timestamp", 30);
        await gate.GrowAsync(400);
        var (_, key) = await gate.KeysAsync();
        var bundle = await DownloadAsync(gate);

        var part = Assert.Single(await CheckAsync(bundle, key), one => one.Name == "time stamp");
        Assert.Empty(part.Failures);
        Assert.Empty(Assert.Single(await CheckAsync(bundle, key, await File.ReadAllTextAsync(auditor.Tsa.RootPath, Cancellation)), one => one.Name == "time stamp").Failures);
        var other = await CheckAsync(bundle, key, await File.ReadAllTextAsync(stranger.Tsa.RootPath, Cancellation));
        Assert.Contains("does not lead to a trusted root", Assert.Single(Failures(other)), StringComparison.Ordinal);
        var readMe = Encoding.UTF8.GetString(Files(bundle)["README.md"]);
        Assert.Contains($"was committed as {commit.Reference}", readMe, StringComparison.Ordinal);
        Assert.Contains("`log/checkpoint.stamped` then", readMe, StringComparison.Ordinal);
        Assert.DoesNotContain("no time-stamp tokens", readMe.ReplaceLineEndings(" "), StringComparison.Ordinal);

        var (code, output) = await PythonAsync(bundle, key);
        Assert.True(code == 0, output);
        Assert.Matches("ok   time stamp: \\d+ entries were there at .+, by the authority that the bundle itself names", output);
        (code, output) = await PythonAsync(bundle, key, auditor.Tsa.RootPath);
        Assert.True(code == 0, output);
        Assert.Matches("ok   time stamp: \\d+ entries were there at [^,]+\n", output);
        (code, output) = await PythonAsync(bundle, key, stranger.Tsa.RootPath);
        Assert.Equal(1, code);
        Assert.Contains("FAIL time stamp: log/checkpoint.tsr: openssl does not verify it", output, StringComparison.Ordinal);
        (code, output) = await PythonAsync(bundle, key, auditor.Tsa.RootPath, hasOpenSsl: false);
        Assert.True(code == 0, output);
        Assert.Contains("not checked, there is no openssl here", output, StringComparison.Ordinal);
        Assert.Equal("Verification: OK", await ShellAsync(Files(bundle)));
    }

    [Theory]
    [InlineData(Stamp, "other")]
    [InlineData(Stamp, "flipped")]
    [InlineData(Stamp, "garbage")]
    [InlineData("log/checkpoint.stamped", "flipped")]
    [InlineData("log/checkpoint.stamped", "garbage")]
    [InlineData("log/stamped.proof", "garbage")]
    [InlineData("trust/tsa/ca.pem", "garbage")]
    public async Task A_bundle_whose_stamp_was_touched_is_told_of_by_both(string name, string how)
    {
        await using var auditor = await FakeAuditor.StartAsync();
        await using var gate = await StoredGateway.StartAsync(_data.Path, AuditSettings.In(_data.Path) with { Anchors = AnchorTests.Stamps(auditor) });
        await gate.GrowAsync(30);
        await AnchorTests.AnchoredAsync(gate, "timestamp", 30);
        await gate.GrowAsync(40);
        var (_, key) = await gate.KeysAsync();
        var files = Files(await DownloadAsync(gate));
        files[name] = how switch
        {
            "other" => await auditor.Tsa.ReplyAsync(await auditor.Tsa.QueryAsync("other bytes"u8.ToArray())),
            // Near the end of a stamp is its signature, near the beginning of a checkpoint its name.
            "flipped" => Flipped(files[name], name == Stamp ? files[name].Length - 3 : 5),
            _ => "bm90IGEgaGFzaA==\n"u8.ToArray(),
        };
        var bundle = Zip(files);
        Assert.Contains(await CheckedAsync(bundle, key), part => (part.Name is "time stamp" or "bundle") && !part.Failures.IsEmpty);
        var (code, output) = await PythonAsync(bundle, key);
        Assert.Equal(1, code);
        Assert.Contains("FAIL", output, StringComparison.Ordinal);
        if (name != "log/checkpoint.stamped") Assert.Contains("FAIL time stamp: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_is_the_token_and_that_it_was_granted()
    {
        byte[] token = [0x30, 0x03, 0x02, 0x01, 0x07];
        Assert.Equal([0x30, 0x0a, 0x30, 0x03, 0x02, 0x01, 0x00, .. token], TimeStamp.ResponseOf(token));
        Assert.Equal(token, TimeStamp.TokenOf(TimeStamp.ResponseOf(token)).ToArray());
        Assert.Throws<FormatException>(() => TimeStamp.TokenOf(new byte[] { 0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02 }));
    }

    private static async Task<IReadOnlyList<CheckedPart>> CheckAsync(byte[] bundle, NoteKey key, string? authorities = null) =>
        await BundleCheck.RunAsync(new MemoryStream(bundle), new BundleTrust(LogKeys.Of(key), null, authorities), Cancellation);

    // What cannot be read at all is a failure as well.
    private static async Task<IReadOnlyList<CheckedPart>> CheckedAsync(byte[] bundle, NoteKey key)
    {
        try
        {
            return await CheckAsync(bundle, key);
        }
        catch (InvalidDataException trouble)
        {
            return [new CheckedPart("bundle", [trouble.Message])];
        }
    }

    private static IEnumerable<string> Failures(IEnumerable<CheckedPart> parts) => parts.SelectMany(part => part.Failures);

    private static byte[] Flipped(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }

    private static async Task<byte[]> DownloadAsync(StoredGateway gate)
    {
        using var call = new HttpRequestMessage(HttpMethod.Get, "/audit/v1/export?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z");
        using var answer = await gate.SendAsync(call, await gate.AddTokenAsync(Role.Operator));
        Assert.True(answer.IsSuccessStatusCode);
        return await answer.Content.ReadAsByteArrayAsync(Cancellation);
    }

    private static SortedDictionary<string, byte[]> Files(byte[] bundle)
    {
        using var zip = new ZipArchive(new MemoryStream(bundle));
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            using var content = entry.Open();
            using var bytes = new MemoryStream();
            content.CopyTo(bytes);
            files[entry.FullName] = bytes.ToArray();
        }

        return files;
    }

    private static byte[] Zip(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var file = zip.CreateEntry(name).Open();
                file.Write(content);
            }
        }

        return bytes.ToArray();
    }

    private static async Task<(int Code, string Output)> PythonAsync(byte[] bundle, NoteKey key, string? tsa = null, bool hasOpenSsl = true)
    {
        using var folder = new TempFolder();
        var (zip, verifier) = (Path.Combine(folder.Path, "bundle.zip"), Path.Combine(folder.Path, "verify.py"));
        await File.WriteAllBytesAsync(zip, bundle, Cancellation);
        await File.WriteAllBytesAsync(verifier, Files(bundle)["verify/verify.py"], Cancellation);
        string[] arguments = ["-I", verifier, zip, "--key", key.ToString(), .. tsa is null ? Array.Empty<string>() : ["--tsa", tsa]];
        var start = new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Python itself is found by its whole path; then nothing else is found.
        if (!hasOpenSsl) (start.FileName, start.Environment["PATH"]) = (await WhichPythonAsync(), folder.Path);
        return await RunAsync(start);
    }

    private static async Task<string> WhichPythonAsync() =>
        (await RunAsync(new ProcessStartInfo("python3", ["-c", "import sys; print(sys.executable)"]) { RedirectStandardOutput = true, RedirectStandardError = true })).Output.Trim();

    /// <summary>The line of VERIFY.md.</summary>
    private static async Task<string> ShellAsync(SortedDictionary<string, byte[]> files)
    {
        using var folder = new TempFolder();
        var line = Encoding.UTF8.GetString(files["verify/VERIFY.md"]).Split('\n').Single(text => text.Contains("openssl ts -verify", StringComparison.Ordinal));
        Directory.CreateDirectory(Path.Combine(folder.Path, "log"));
        foreach (var name in (string[])["log/checkpoint.stamped", Stamp]) await File.WriteAllBytesAsync(Path.Combine(folder.Path, name), files[name], Cancellation);
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, "authority.pem"), files["trust/tsa/ca.pem"], Cancellation);
        var start = new ProcessStartInfo("sh", ["-c", line]) { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        var (_, output) = await RunAsync(start);
        return output.Contains("Verification: OK", StringComparison.Ordinal) ? "Verification: OK" : output;
    }

    private static async Task<(int Code, string Output)> RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await output + await errors);
    }
}
