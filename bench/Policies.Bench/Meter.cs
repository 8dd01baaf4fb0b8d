namespace GitOpsGate.PoliciesBench;

/// <summary>
/// Times something by the processor time that this process used, so that neighbours on the machine do not count. The best round is
/// the answer: what disturbs a round only makes it longer.
/// </summary>
internal static class Meter
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(2500);
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(150);

    /// <summary>How many rounds are timed: more of them give a profiler something to see.</summary>
    public static int Rounds { get; set; } = 5;

    /// <summary>Nanoseconds of processor time and bytes allocated, each time.</summary>
    /// <param name="code">How much code it runs: what runs much of it takes longer until the runtime has compiled it all.</param>
    public static (double Nanoseconds, double Bytes) Time(Action once, Code code = Code.Little)
    {
        var warmUp = code == Code.Much ? 3 * WarmUp : WarmUp;
        // The runtime compiles in steps, each of which waits for a quiet tenth of a second and for many calls: three long tries let it
        // come to an end. With less, what is measured is half compiled, and a run differs from the next by three times.
        for (var i = 0; i < 3; i++)
        {
            Round(once, warmUp / 3);
            Thread.Sleep(130);
        }

        var best = double.MaxValue;
        var bytes = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var (used, count) = Round(once, RoundTime);
            best = Math.Min(best, used.TotalNanoseconds / count);
            bytes = Math.Min(bytes, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count);
        }

        return (best, bytes);
    }

    /// <summary>How many times as much two threads do as one in the same time, when each has a processor of its own.</summary>
    public static double Scaling(Action once)
    {
        // Many short rounds in turn: what a neighbour takes from the machine comes and goes, and two undisturbed processors are rare.
        var (one, two) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round < 6 * Rounds; round++)
        {
            one = Math.Min(one, Together(1, once));
            two = Math.Min(two, Together(2, once));
        }

        return 2 * one / two;
    }

    private static double Together(int threads, Action once)
    {
        var counts = new long[threads];
        var before = Environment.CpuUsage.TotalTime;
        var workers = Enumerable.Range(0, threads).Select(i => new Thread(() => counts[i] = Round(once, RoundTime / 3 * threads).Count)).ToArray();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / counts.Sum();
    }

    private static (TimeSpan Used, long Count) Round(Action once, TimeSpan atLeast)
    {
        var start = Environment.CpuUsage.TotalTime;
        var (count, batch) = (0L, 1L);
        while (true)
        {
            for (var i = 0L; i < batch; i++) once();
            count += batch;
            var used = Environment.CpuUsage.TotalTime - start;
            if (used >= atLeast) return (used, count);
            if (used < atLeast / 16) batch *= 2;
        }
    }
}

/// <summary>How much code something runs.</summary>
internal enum Code
{
    Little,
    Much,
}
