using System.Diagnostics;
using System.Security.Cryptography;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;

namespace GitOpsGate.AuditBench;

/// <summary>Verifies and exports a log that was generated.</summary>
internal static class Reading
{
    private static readonly Ed25519PrivateKey Private = Ed25519PrivateKey.FromSeed(SHA256.HashData("a bench's key, of no value"u8));

    /// <summary>Derives the stored log anew, as <c>gate audit verify</c> has the gateway do.</summary>
    public static async Task<int> VerifyAsync(string folder)
    {
        await using var gate = new Opened(folder);
        var head = await gate.Reader.HeadAsync(CancellationToken.None);
        var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var found = await gate.Reader.VerifyAsync(CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Figures.Print(
            ("what", "verified in the database"), ("entries", found.Size), ("seconds", seconds), ("perSecond", found.Size / seconds),
            ("cpuSeconds", (Environment.CpuUsage.TotalTime - cpu).TotalSeconds), ("peakMegabytes", Figures.Megabytes("VmHWM")));
        foreach (var problem in found.Problems) Console.Error.WriteLine(problem);
        return found.Problems.IsEmpty && found.Size == head.Size ? 0 : 1;
    }

    /// <summary>Writes the year's evidence, and the key that it verifies with beside it.</summary>
    public static async Task<int> ExportAsync(string folder, string output, bool discloses)
    {
        await using var gate = new Opened(folder);
        var head = await gate.Reader.HeadAsync(CancellationToken.None);
        using var signer = new Ed25519Signer(await gate.Reader.OriginAsync(CancellationToken.None) ?? "", Private);
        var text = new Checkpoint(signer.Key.Name, head.Size, head.Root).ToString();
        var note = new SignedNote(text, [signer.Sign(text, Year.End)]);
        await File.WriteAllTextAsync($"{output}.key", signer.Key.ToString());
        GC.Collect();
        Figures.ResetPeak();
        var (before, began, cpu) = (Figures.Megabytes("VmRSS"), Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await using (var file = File.Create(output))
        {
            var query = new ExportQuery(Year.Start, Year.End) { Discloses = discloses };
            await gate.Export.WriteAsync(note, LogKeys.Of(signer.Key), query, file, CancellationToken.None);
        }

        Figures.Print(
            ("what", discloses ? "exported, disclosed" : "exported"), ("entries", head.Size), ("seconds", Stopwatch.GetElapsedTime(began).TotalSeconds),
            ("cpuSeconds", (Environment.CpuUsage.TotalTime - cpu).TotalSeconds), ("bytes", new FileInfo(output).Length),
            ("megabytesBefore", before), ("peakMegabytes", Figures.Megabytes("VmHWM")),
            ("allocatedMegabytes", GC.GetTotalAllocatedBytes() >> 20), ("heapMegabytes", GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes >> 20));
        return 0;
    }
}
