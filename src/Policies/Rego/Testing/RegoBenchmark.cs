using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Testing;

/// <summary>How long and how often is measured.</summary>
public sealed record RegoBenchmarkOptions
{
    /// <summary>Rounds of each measurement; the best one counts.</summary>
    public int Rounds { get; init; } = 7;

    /// <summary>How long one round lasts at least.</summary>
    public TimeSpan RoundTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Threads that evaluate at once, with one prepared query.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The clock that is measured with.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>What measuring one scenario gave. Times are in nanoseconds.</summary>
/// <param name="Scenario">The folder's name.</param>
/// <param name="Wrong">Why the answer is wrong, or the scenario cannot be used; then nothing was measured. Null when it is right.</param>
/// <param name="Nanoseconds">Time on the clock for one evaluation on one thread, prepared, with all limits on.</param>
/// <param name="ProcessorNanoseconds">Processor time of one evaluation: what neighbours on the machine do not change.</param>
/// <param name="Bytes">Bytes that one evaluation allocates.</param>
/// <param name="PerSecond">Evaluations in a second by all threads together.</param>
/// <param name="CompileNanoseconds">Time to parse, compile and prepare.</param>
/// <param name="InputNanoseconds">Time to parse the input.</param>
public sealed record RegoBenchmarkResult(
    string Scenario,
    string? Wrong,
    double Nanoseconds,
    double ProcessorNanoseconds,
    double Bytes,
    double PerSecond,
    double CompileNanoseconds,
    double InputNanoseconds);

/// <summary>
/// Measures the engine on a folder of <c>policy.rego</c>, <c>input.json</c>, <c>data.json</c>, <c>query.txt</c> and
/// <c>expected.json</c>. What does not answer as expected is not measured.
/// </summary>
public static class RegoBenchmark
{
    /// <summary>Whether a folder is such a scenario.</summary>
    public static bool IsScenario(string folder) => File.Exists(Path.Combine(folder, "query.txt"));

    /// <summary>Measures one scenario.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="cancellation">Ends the measuring.</param>
    /// <exception cref="IOException">A file of the scenario cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The measuring was cancelled.</exception>
    public static RegoBenchmarkResult Measure(string folder, RegoBenchmarkOptions options, CancellationToken cancellation)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        var text = File.ReadAllText(Path.Combine(folder, "policy.rego"));
        var asked = $"{RegoQuery.ResultName} = {File.ReadAllText(Path.Combine(folder, "query.txt")).Trim()}";
        var json = File.ReadAllBytes(Path.Combine(folder, "input.json"));
        if (!RegoJson.TryParse(File.ReadAllBytes(Path.Combine(folder, "data.json")), out var data, out var wrong)
            || !RegoJson.TryParse(json, out var input, out wrong)
            || !RegoJson.TryParse(File.ReadAllBytes(Path.Combine(folder, "expected.json")), out var expected, out wrong)) return Wrong(wrong!);
        var (query, problem) = Prepare();
        if (query is null) return Wrong(problem!);
        var answers = query.Evaluate(input, cancellation);
        if (answers.Error is { } error) return Wrong(error.ToString());
        var got = answers.Answers.Count == 0 ? default : answers.Answers[0][RegoQuery.ResultName];
        if (!got.IsDefined || !RegoJson.Parse(RegoJson.ToText(got)).Equals(expected)) return Wrong($"`{expected}` is expected, got `{got}`");

        var compile = Best(() => _ = Prepare(), options with { Threads = 1 }, cancellation);
        var read = Best(() => _ = RegoJson.TryParse(json, out _, out _), options with { Threads = 1 }, cancellation);
        var evaluate = Best(() => query.Evaluate(input, cancellation), options, cancellation);
        return new RegoBenchmarkResult(
            name, null, evaluate.Elapsed, evaluate.Processor, evaluate.Bytes, evaluate.PerSecond, compile.Elapsed, read.Elapsed);

        RegoBenchmarkResult Wrong(string why) => new(name, why, 0, 0, 0, 0, 0, 0);

        (RegoQuery? Query, string? Problem) Prepare()
        {
            var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("policy.rego", text)], data, RegoOptions.Default);
            if (engine is null) return (null, errors[0].ToString());
            var (made, bad) = engine.Prepare(asked);
            return (made, made is null ? bad[0].ToString() : null);
        }
    }

    private static (double Elapsed, double Processor, double Bytes, double PerSecond) Best(
        Action once, RegoBenchmarkOptions options, CancellationToken cancellation)
    {
        var best = (Elapsed: double.MaxValue, Processor: double.MaxValue, Bytes: double.MaxValue, PerSecond: 0.0);
        for (var round = 0; round < Math.Max(1, options.Rounds); round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var used = Environment.CpuUsage.TotalTime;
            var began = options.Clock.GetTimestamp();
            var threads = Enumerable.Range(0, Math.Max(1, options.Threads)).Select(_ => Task.Factory.StartNew(
                () => Repeat(once, options, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
            Task.WaitAll(threads, CancellationToken.None);
            var elapsed = options.Clock.GetElapsedTime(began);
            used = Environment.CpuUsage.TotalTime - used;
            var count = threads.Sum(thread => thread.Result.Count);
            best = (
                Math.Min(best.Elapsed, elapsed.TotalNanoseconds * threads.Length / count),
                Math.Min(best.Processor, used.TotalNanoseconds / count),
                Math.Min(best.Bytes, threads.Sum(thread => thread.Result.Bytes) / (double)count),
                Math.Max(best.PerSecond, count / elapsed.TotalSeconds));
        }

        return best;
    }

    private static (long Count, long Bytes) Repeat(Action once, RegoBenchmarkOptions options, CancellationToken cancellation)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var began = options.Clock.GetTimestamp();
        var count = 0L;
        do
        {
            once();
            count++;
        }
        while (options.Clock.GetElapsedTime(began) < options.RoundTime && !cancellation.IsCancellationRequested);
        return (count, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }
}
