using System.Diagnostics;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Hostile;

/// <summary>Policies that want to hurt, one file each in <c>corpus/</c>: all end as their first line says, and the process is as it
/// was before.</summary>
public sealed class HostileCorpusTests
{
    private const string Query = "data.hostile.p";

    private const long MegabytesLeft = 512;

    private const long MegabytesHeld = 2048;

    private static readonly IReadOnlyList<HostileCase> Corpus =
        HostileCase.ReadAll(Path.Combine(Shared.RepositoryRoot, "tests", "Policies.Tests", "Hostile", "corpus"));

    // All bombs burn for minutes: while somebody works, a part of the corpus is enough.
    private static int Stride => Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") switch
    {
        "all" => 1,
        "fast" => 12,
        _ => 6,
    };

    private static RegoOptions Lenient => RegoOptions.Default with { Limits = HostileCase.Tight };

    [Fact]
    public void Every_policy_ends_as_it_says_and_the_process_is_unharmed()
    {
        using var process = Process.GetCurrentProcess();
        var (before, threads) = (GC.GetTotalMemory(forceFullCollection: true), process.Threads.Count);
        var wrong = new List<string>();
        foreach (var one in Corpus.Where((_, at) => at % Stride == 0))
        {
            if (Differs(one, Lenient) is { } difference) wrong.Add(difference);
            var held = GC.GetTotalMemory(forceFullCollection: false) >> 20;
            if (held > MegabytesHeld) wrong.Add($"{one.Name}: {held} MB are in use after it");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        var left = (GC.GetTotalMemory(forceFullCollection: true) - before) >> 20;
        Assert.True(left < MegabytesLeft, $"{left} MB are kept");
        process.Refresh();
        Assert.True(process.Threads.Count < threads + 40, $"there were {threads} threads, and now there are {process.Threads.Count}");
    }

    [Fact]
    public async Task Strict_mode_and_a_second_thread_change_nothing()
    {
        // The cheap half of the corpus, in opposite orders, so that two different bombs burn at once.
        var some = Corpus.Where((_, at) => at % (3 * Stride) == 0).ToArray();
        var strict = Lenient with { StrictBuiltinErrors = true };
        var token = TestContext.Current.CancellationToken;
        var results = await Task.WhenAll(
            Task.Run(() => some.Select(one => Differs(one, strict, isStrict: true)).OfType<string>().ToList(), token),
            Task.Run(() => some.Reverse().Select(one => Differs(one, Lenient)).OfType<string>().ToList(), token));
        Assert.Empty(results.SelectMany(wrong => wrong));
    }

    [Theory]
    [InlineData("join-three")]
    [InlineData("pairs-array")]
    [InlineData("rule-chain")]
    [InlineData("concat-doubling")]
    [InlineData("shift-far")]
    [InlineData("json-deep")]
    [InlineData("yaml-aliases")]
    [InlineData("sprintf-many")]
    [InlineData("digits-many")]
    public void A_limit_is_a_limit_wherever_the_policy_is_asked(string name)
    {
        var one = Corpus.Single(known => known.Name == name);
        var module = one.Module + """

            w.negated if not p
            w.list := [x | x := p]
            w.group := {x | x := p}
            w.entries := {"k": x | x := p}
            w.each if every x in [1, 2] { p != x }
            w.every_of if every _ in {p} { true }
            w.chain := 1 if p == object.get(input, "nothing", 5) else := 2
            w.mocked if p with input as {"a": 1}
            w.stood_in := x if x := count([1]) with count as asks
            w.text := $"{p}"
            w.printed if print(p)
            w.key[p] := 1
            w.inner := [y | some x in [1, 2]; y := [z | z := [p, x]]]
            asks(_) := p
            default w.otherwise := true
            w.otherwise := false if p
            """;
        string[] rules = ["negated", "list", "group", "entries", "each", "every_of", "chain", "mocked", "stood_in", "text", "printed", "key",
            "inner", "otherwise"];
        foreach (var strict in (bool[])[false, true])
        {
            // Each policy is asked at other places, so that a part of the campaign still asks at all of them.
            var first = name.Length + (strict ? 2 : 0);
            foreach (var rule in rules.Where((_, at) => (at + first) % Math.Max(2, Stride) == 0))
            {
                var options = Lenient with { StrictBuiltinErrors = strict, KeepPrints = true };
                var outcome = HostileCase.Outcome(module, $"data.hostile.w[\"{rule}\"]", options, TestContext.Current.CancellationToken);
                Assert.True(one.Wants.Contains(outcome), $"{rule} of {name} ends in {outcome}");
            }
        }
    }

    [Theory]
    [InlineData("join-three")]
    [InlineData("join-under-not")]
    [InlineData("comprehensions-nested")]
    [InlineData("self-similar-equal")]
    [InlineData("self-similar-less")]
    [InlineData("self-similar-walk")]
    [InlineData("self-similar-union")]
    [InlineData("reachable-paths-dense")]
    [InlineData("subset-runs")]
    [InlineData("prefix-match-product")]
    [InlineData("sum-large")]
    [InlineData("remainder-large")]
    [InlineData("sort-again")]
    [InlineData("intersections")]
    [InlineData("regex-find-all")]
    [InlineData("json-many")]
    [InlineData("yaml-many")]
    [InlineData("contains-again")]
    public async Task Without_limits_a_cancellation_ends_what_would_run_for_minutes(string name)
    {
        var endless = new RegoLimits
        {
            Steps = long.MaxValue / 4,
            Time = TimeSpan.FromHours(1),
            AllocatedBytes = long.MaxValue / 4,
            CompileTime = TimeSpan.FromMinutes(5),
        };
        var module = Corpus.Single(known => known.Name == name).Module;
        var (engine, errors) = RegoEngine.Compile(
            [new RegoModuleSource("hostile.rego", module)], default, RegoOptions.Default with { Limits = endless });
        Assert.Empty(errors);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var began = 0L;
        await using var cancelled = cancel.Token.Register(() => began = Stopwatch.GetTimestamp());
        cancel.CancelAfter(TimeSpan.FromMilliseconds(20));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(
            async () => await engine!.DecideAsync(Query, PolicyInput.FromJson("{}"u8.ToArray()), cancel.Token), CancellationToken.None));
        // A figure to look at, as the machine has a say in it: 5 ms are the aim.
        TestContext.Current.TestOutputHelper!.WriteLine($"{name}: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0.0} ms from the cancellation to the end");
    }

    [Fact]
    public void The_corpus_is_large() => Assert.True(Corpus.Count >= 150);

    // What is undefined for a function's own reasons is an error in strict mode, which is no limit and no harm.
    private static string? Differs(HostileCase one, RegoOptions options, bool isStrict = false)
    {
        var outcome = HostileCase.Outcome(one.Module, Query, options, TestContext.Current.CancellationToken);
        if (one.Wants.Contains(outcome)) return null;
        if (isStrict && one.Wants.Contains("undefined") && outcome is "eval_builtin_error" or "eval_type_error") return null;
        return $"{one.Name}: {string.Join(" or ", one.Wants)} is wanted, got {outcome}";
    }
}
