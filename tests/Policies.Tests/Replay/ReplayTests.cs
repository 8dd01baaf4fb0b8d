using System.Net;
using System.Text;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Replay;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Policies.Tests.Replay;

/// <summary>What a policy asks of the world is recorded with its decision, and told again when the decision is taken again.</summary>
public sealed class ReplayTests
{
    private const string Chancy = """
        package chancy

        p := {"now": time.now_ns(), "again": time.now_ns(), "number": rand.intn("seed", 1000000), "id": uuid.rfc4122("x")}

        pure := input.x

        quiet if not time.now_ns() < 0

        asks_more := [time.now_ns(), rand.intn("other", 10)]
        """;

    private static readonly PolicyInput Input = PolicyInput.FromJson("""{"x": 1}"""u8.ToArray());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_record_has_the_form_of_OPAs_cache()
    {
        var decision = await At(2026, seed: 1, Chancy).DecideAsync("data.chancy.asks_more", Input, Token);
        Assert.Matches(
            """^\{"rand\.intn":\{"\[\\"other\\",10\]":\d\},"time\.now_ns":\{"\[\]":1767225600000000000\}\}$""", decision.Nondeterminism);
    }

    [Fact]
    public async Task A_decision_is_taken_again_byte_for_byte_in_another_world()
    {
        var then = await At(2026, seed: 1, Chancy).DecideAsync("data.chancy.p", Input, Token);
        var later = At(2031, seed: 2, Chancy);
        Assert.NotEqual(Text(then), Text(await later.DecideAsync("data.chancy.p", Input, Token)));
        var (again, unused) = await later.ReplayAsync("data.chancy.p", Input, RecordOf(then), Token);
        Assert.Equal(Text(then), Text(again));
        Assert.Equal(then.Nondeterminism, again.Nondeterminism);
        Assert.Empty(unused);
    }

    [Fact]
    public async Task A_policy_that_asks_for_nothing_records_nothing()
    {
        var engine = At(2026, seed: 1, Chancy);
        Assert.Null((await engine.DecideAsync("data.chancy.pure", Input, Token)).Nondeterminism);
        Assert.Equal("1", Text((await engine.ReplayAsync("data.chancy.pure", Input, NondeterminismRecord.Empty, Token)).Decision));
    }

    [Theory]
    [InlineData("data.chancy.p")]
    [InlineData("data.chancy.quiet")]
    public async Task What_the_record_lacks_is_an_error_of_its_own_and_never_undefined(string query)
    {
        var (again, _) = await At(2026, seed: 1, Chancy).ReplayAsync(query, Input, NondeterminismRecord.Empty, Token);
        var failed = Assert.IsType<Decision.Failed>(again);
        Assert.Equal(RegoErrorCodes.ReplayMissing, failed.Code);
        Assert.Contains("the record holds no answer of `time.now_ns[]`", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_record_holds_and_the_policy_does_not_ask_is_told()
    {
        var engine = At(2026, seed: 1, Chancy);
        var more = await engine.DecideAsync("data.chancy.asks_more", Input, Token);
        var (_, unused) = await engine.ReplayAsync("data.chancy.quiet", Input, RecordOf(more), Token);
        Assert.Equal(["rand.intn[\"other\",10]"], unused);
    }

    [Fact]
    public async Task Random_signatures_are_replayed_as_they_were()
    {
        const string module = """
            package signs

            key := {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}
            p := io.jwt.encode_sign({"alg": "ES256"}, {"iss": "gate"}, key)
            """;
        var engine = At(2026, seed: 1, module);
        var then = await engine.DecideAsync("data.signs.p", Input, Token);
        Assert.NotEqual(Text(then), Text(await engine.DecideAsync("data.signs.p", Input, Token)));
        Assert.Equal(Text(then), Text((await engine.ReplayAsync("data.signs.p", Input, RecordOf(then), Token)).Decision));
    }

    [Fact]
    public async Task A_function_that_failed_fails_again_and_sets_are_sets_again()
    {
        const string module = """
            package looks

            p := {"known": net.lookup_ip_addr("known.example"), "is_set": is_set(net.lookup_ip_addr("known.example"))}

            failed := net.lookup_ip_addr("unknown.example")

            without if not failed
            """;
        var online = Compile(module, RegoOptions.Default with { World = () => new Names(), StrictBuiltinErrors = true });
        var offline = Compile(module, RegoOptions.Default with { StrictBuiltinErrors = true });
        var then = await online.DecideAsync("data.looks.p", Input, Token);
        Assert.Equal("""{"is_set":true,"known":["192.0.2.1","192.0.2.2"]}""", Text(then));
        Assert.Equal(Text(then), Text((await offline.ReplayAsync("data.looks.p", Input, RecordOf(then), Token)).Decision));

        var failed = Assert.IsType<Decision.Failed>(await online.DecideAsync("data.looks.failed", Input, Token));
        Assert.Equal(
            failed with { Nondeterminism = null },
            (await offline.ReplayAsync("data.looks.failed", Input, RecordOf(failed), Token)).Decision with { Nondeterminism = null });
    }

    [Fact]
    public async Task What_a_test_replaces_is_not_asked_of_the_world()
    {
        const string module = "package mocked\n\np := x if x := now with time.now_ns as 5\n\nnow := time.now_ns()\n";
        var decision = await At(2026, seed: 1, module).DecideAsync("data.mocked.p", Input, Token);
        Assert.Equal("5", Text(decision));
        Assert.Null(decision.Nondeterminism);
    }

    [Fact]
    public void A_query_is_asked_in_a_world_of_its_callers_and_replayed()
    {
        var query = At(2026, seed: 1, Chancy).Prepare("x = data.chancy.p").Query!;
        var world = new GivenNondeterminism(TimeProvider.System, seed: 99);
        var then = query.Evaluate(default, world, Token);
        Assert.False(then.Recorded.IsEmpty);
        Assert.True(NondeterminismRecord.TryParse(Encoding.UTF8.GetBytes(then.Recorded.Text), out var record, out _));
        Assert.Equal(then.Answers[0]["x"], query.Replay(default, record, Token).Answers.Answers[0]["x"]);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"time.now_ns": 5}""")]
    [InlineData("{")]
    public void What_is_no_record_is_refused(string text) =>
        Assert.False(NondeterminismRecord.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    private static RegoEngine At(int year, int seed, string module)
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return Compile(module, RegoOptions.Default with { Clock = clock, Seed = seed });
    }

    private static RegoEngine Compile(string module, RegoOptions options)
    {
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("world.rego", module)], default, options);
        Assert.Empty(errors);
        return engine!;
    }

    private static NondeterminismRecord RecordOf(Decision decision)
    {
        Assert.NotNull(decision.Nondeterminism);
        Assert.True(NondeterminismRecord.TryParse(Encoding.UTF8.GetBytes(decision.Nondeterminism), out var record, out var problem), problem);
        return record;
    }

    private static string Text(Decision decision) => Encoding.UTF8.GetString(Assert.IsType<Decision.Value>(decision).Json.Span);

    private sealed class Names : INondeterminism
    {
        public Random Chance { get; } = new(0);

        public DateTimeOffset Now() => DateTimeOffset.UnixEpoch;

        public IReadOnlyList<IPAddress>? Resolve(string host, CancellationToken cancellation) =>
            host == "known.example" ? [IPAddress.Parse("192.0.2.2"), IPAddress.Parse("192.0.2.1")] : [];
    }
}
