using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>A bit of a bundle falls over on its way to the auditor: it is found, and the file is named.</summary>
public class BundleBitTests(ITestOutputHelper output)
{
    private static readonly int BitsOfFile = Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") == "all" ? 400 : 4;
    private static readonly ExportLog Log = new(ExportStory.Entries);
    private static readonly ExportQuery Query = ExportStory.Query with { Previous = 3, Sample = 2, Nonce = "tea at four" };

    [Fact]
    public async Task Any_bit_of_any_file_is_found_and_the_file_is_named()
    {
        var (files, chance, bits) = (new Tampered(await Log.BundleAsync(Query)), new Random(20_260_308), 0);
        // What holds the digests of all others is held by its signer, not by itself.
        foreach (var name in files.Names.Where(name => name != "MANIFEST.json").ToArray())
        {
            for (var round = 0; round < BitsOfFile; round++, bits++)
            {
                var bit = chance.Next(files.Length(name) * 8);
                files.Turn(name, bit);
                Assert.True(await IsNamedAsync(files.ToBytes(), name), $"bit {bit} of `{name}`");
                files.Turn(name, bit);
            }
        }

        output.WriteLine($"{bits} bits of {files.Names.Count() - 1} files");
        Assert.All(await BundleCheck.RunAsync(new MemoryStream(files.ToBytes()), LogKeys.Of(ExportLog.Key), null, TestContext.Current.CancellationToken), part => Assert.Empty(part.Failures));
    }

    // What cannot be read any more is refused as a whole; what can be read is named by its file.
    private static async Task<bool> IsNamedAsync(byte[] bundle, string name)
    {
        try
        {
            var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(ExportLog.Key), null, TestContext.Current.CancellationToken);
            return parts.Any(part => part.Failures.Any(failure => failure.Contains(name, StringComparison.Ordinal)));
        }
        catch (InvalidDataException trouble)
        {
            return trouble.Message.Contains(name, StringComparison.Ordinal) || trouble.Message.StartsWith("it is no bundle of evidence: ", StringComparison.Ordinal);
        }
    }
}
