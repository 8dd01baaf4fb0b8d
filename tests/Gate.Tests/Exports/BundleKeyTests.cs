using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>Both verifiers take a log's keys from the auditor, each for its own sizes, and check the second signature line where they can.</summary>
public sealed class BundleKeyTests : IDisposable
{
    private static readonly ExportLog Log = new(ExportStory.Entries);
    private readonly EcdsaSigner _second = new(ExportLog.Key.Name, ECDsa.Create(ECCurve.NamedCurves.nistP256));
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SignedNote Both
    {
        get
        {
            var note = Log.Note();
            return note.With(_second.Sign(note.Text, default));
        }
    }

    public void Dispose()
    {
        _second.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Both_lines_count_together_and_each_alone()
    {
        var bundle = await Log.BundleAsync(ExportStory.Query, Both);
        var both = new LogKeys(ExportLog.Key.Name, [new LogKey(ExportLog.Key), new LogKey(_second.Key, 1)]);
        foreach (var keys in (LogKeys[])[both, LogKeys.Of(ExportLog.Key), LogKeys.Of(_second.Key)])
        {
            Assert.Empty((await BundleCheck.RunAsync(new MemoryStream(bundle), keys, null, Cancellation))[0].Failures);
            var (code, output, errors) = await Python.VerifyAsync(bundle, Written(keys));
            Assert.True(code == 0, output + errors);
        }

        Assert.Equal(0, (await Python.VerifyAsync(bundle, _second.Key.ToString())).Code);
    }

    [Fact]
    public async Task A_wrong_second_signature_spoils_the_right_first_one()
    {
        var note = Log.Note();
        var wrong = note.With(_second.Sign("another text\n", default));
        var both = new LogKeys(ExportLog.Key.Name, [new LogKey(ExportLog.Key), new LogKey(_second.Key)]);
        await FindsAsync(await Log.BundleAsync(ExportStory.Query, wrong), both, "invalid signature", "is not this key's over this text");
    }

    [Fact]
    public async Task A_key_that_ended_before_signs_nothing_any_more()
    {
        var bundle = await Log.BundleAsync(ExportStory.Query);
        var ended = new LogKeys(ExportLog.Key.Name, [new LogKey(ExportLog.Key, 0, Log.Size - 1) { Ended = "stolen" }]);
        await FindsAsync(bundle, ended, "is not valid for", "no trusted key is valid for");
        var late = new LogKeys(ExportLog.Key.Name, [new LogKey(ExportLog.Key, Log.Size + 1)]);
        await FindsAsync(bundle, late, "is not valid for", "no trusted key is valid for");
        var whole = new LogKeys(ExportLog.Key.Name, [new LogKey(ExportLog.Key, 0, Log.Size)]);
        Assert.Equal(0, (await Python.VerifyAsync(bundle, Written(whole))).Code);
        Assert.Empty((await BundleCheck.RunAsync(new MemoryStream(bundle), whole, null, Cancellation))[0].Failures);
    }

    private async Task FindsAsync(byte[] bundle, LogKeys keys, string ours, string python)
    {
        var failure = Assert.Single((await BundleCheck.RunAsync(new MemoryStream(bundle), keys, null, Cancellation))[0].Failures);
        Assert.Contains(ours, failure, StringComparison.Ordinal);
        var (code, output, _) = await Python.VerifyAsync(bundle, Written(keys));
        Assert.Equal(1, code);
        Assert.Contains(output.Split('\n'), line => line.StartsWith("FAIL signature: ", StringComparison.Ordinal) && line.Contains(python, StringComparison.Ordinal));
    }

    private string Written(LogKeys keys)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            keys.WriteTo(json);
            json.WriteEndObject();
        }

        var path = Path.Combine(_folder.Path, "keys.json");
        File.WriteAllText(path, Encoding.UTF8.GetString(bytes.ToArray()));
        return path;
    }
}
