using System.Diagnostics;
using System.Runtime.InteropServices;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.AuditBench;

/// <summary>
/// Appends through the gate's own door (<see cref="IGateStore.RecordAsync"/>), one entry in each call, and beside each load the floor: the very rows that
/// it wrote, put into a bare table of the same shape.
/// </summary>
internal static class Appends
{
    private const int Changes = 500;
    private static readonly int[] Producers = [1, 16, 64, 256];

    public static async Task<int> RunAsync(string folder, double seconds)
    {
        await using var gate = new Opened(folder);
        var drafts = await DraftsAsync(gate);
        var isRight = true;
        // A young process spends most of its time on compiling its own methods.
        await ClosedAsync(gate, drafts, 64, seconds);
        foreach (var producers in Producers)
        {
            var load = await ClosedAsync(gate, drafts, producers, seconds);
            isRight &= Tell(load, folder, $"{producers} producers", seconds);
        }

        var paced = await OpenAsync(gate, drafts, 1000, seconds);
        isRight &= Tell(paced, folder, "1000 a second", 0);
        var found = await gate.Reader.VerifyAsync(CancellationToken.None);
        foreach (var problem in found.Problems) Console.Error.WriteLine(problem);
        return isRight && found.Problems.IsEmpty ? 0 : 1;
    }

    private static async Task<AuditDraft[]> DraftsAsync(Opened gate)
    {
        var (story, drafts) = (new Story(gate.Identities), new List<AuditDraft>());
        for (var number = 1; number <= Changes; number++) drafts.AddRange(await story.OfAsync(number, Year.Start, CancellationToken.None));
        return [.. drafts];
    }

    /// <summary>Each producer asks again as soon as it has its answer.</summary>
    private static async Task<Load> ClosedAsync(Opened gate, AuditDraft[] drafts, int producers, double seconds)
    {
        var load = await Load.BeginAsync(gate);
        var until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, producers).Select(producer => Task.Run(async () =>
        {
            var times = new List<double>();
            for (var at = producer * drafts.Length / producers; Stopwatch.GetTimestamp() < until; at++)
            {
                times.Add(await load.AppendAsync(drafts[at % drafts.Length]));
            }

            load.Take(times);
        })));
        return await load.EndAsync();
    }

    /// <summary>Calls at a steady pace, whatever the answers. A call's time counts from the moment when it is made.</summary>
    private static async Task<Load> OpenAsync(Opened gate, AuditDraft[] drafts, int perSecond, double seconds)
    {
        var load = await Load.BeginAsync(gate);
        var calls = new Task<double>[(int)(perSecond * seconds)];
        var pace = new Thread(() =>
        {
            var began = Stopwatch.GetTimestamp();
            for (var number = 0; number < calls.Length; number++)
            {
                SleepUntil(began + (long)((double)number / perSecond * Stopwatch.Frequency));
                calls[number] = load.AppendAsync(drafts[number % drafts.Length]);
            }
        });
        pace.Start();
        pace.Join();
        load.Take(await Task.WhenAll(calls));
        return await load.EndAsync();
    }

    private static bool Tell(Load load, string folder, string what, double floorSeconds)
    {
        Figures.Print(
            ("what", $"gate, {what}"), ("perSecond", load.Count / load.Seconds), ("commitsPerSecond", load.Commits / load.Seconds),
            ("p50ms", load.At(0.5)), ("p99ms", load.At(0.99)), ("cpuMicrosecondsEach", load.CpuSeconds / load.Count * 1e6), ("writerMicrosecondsEach", load.WriterSeconds / load.Count * 1e6),
            ("allocatedBytesEach", load.Allocated / Math.Max(1, load.Count)), ("proofP99ms", load.ProofAt(0.99)));
        foreach (var wrong in load.Wrong) Console.Error.WriteLine(wrong);
        if (floorSeconds <= 0) return load.Wrong.IsEmpty;
        foreach (var batch in new[] { Math.Max(1, (int)(load.Count / Math.Max(1, load.Commits))), BareInsert.LargestBatch }.Distinct())
        {
            var floor = BareInsert.Run(folder, load.First, load.Count, batch, floorSeconds);
            Figures.Print(
                ("what", $"floor, {batch} in a commit"), ("perSecond", floor.PerSecond), ("commitsPerSecond", floor.CommitsPerSecond),
                ("cpuMicrosecondsEach", floor.CpuMicrosecondsEach), ("ratio", load.Count / load.Seconds / floor.PerSecond));
        }

        return load.Wrong.IsEmpty;
    }

    private static void SleepUntil(long planned)
    {
        // Thread.Sleep counts in milliseconds, which is the pace itself.
        while (planned - Stopwatch.GetTimestamp() is > 0 and var left)
        {
            var time = new TimeSpec(0, left * (1_000_000_000 / Stopwatch.Frequency));
            _ = NanoSleep(in time, IntPtr.Zero);
        }
    }

    [DllImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NanoSleep(in TimeSpec wanted, IntPtr left);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
