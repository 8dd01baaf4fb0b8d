using System.Diagnostics;
using System.Text;
using GitOpsGate.Policies.Rego;
using GitOpsGate.Policies.Rego.Errors;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;
using Xunit;

namespace GitOpsGate.Policies.Tests.Limits;

/// <summary>Policies that want to hurt: each ends, soon, with an error that says which limit it met; none is read as
/// undefined.</summary>
public sealed class HostilePolicyTests
{
    private static readonly RegoOptions Tight = RegoOptions.Default with
    {
        Limits = new RegoLimits
        {
            Steps = 2_000_000,
            Time = TimeSpan.FromMinutes(10),
            CompileTime = TimeSpan.FromMinutes(10),
            AllocatedBytes = 64 << 20,
            ResultSize = 1 << 20,
        },
    };

    public static TheoryData<string, string> Bombs => new()
    {
        { "p if {\n\tsome a in r\n\tsome b in r\n\tsome c in r\n\ta + b + c < 0\n}\nr := numbers.range(1, 1000)",
            RegoErrorCodes.LimitSteps },
        { "p := count([[a, b] | some a in r; some b in r])\nr := numbers.range(1, 1400)", RegoErrorCodes.LimitMemory },
        { "p := numbers.range(1, 1000000000000)", RegoErrorCodes.LimitSize },
        { "p := bits.lsh(bits.lsh(1, 65536) * bits.lsh(1, 65536), 65536) * bits.lsh(1, 65536) * bits.lsh(1, 65536)",
            RegoErrorCodes.LimitSize },
        { Doubling(40), RegoErrorCodes.LimitSize },
        { Chain(5000), RegoErrorCodes.LimitDepth },
        { Squares(60), RegoErrorCodes.LimitSize },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void It_ends_in_a_limit(string rules, string code)
    {
        var (engine, errors) = RegoEngine.Compile(
            [new RegoModuleSource("bomb.rego", $"package bomb\n{rules}\n")], default, Tight);
        Assert.Empty(errors);
        var (_, error) = engine!.Prepare("x = data.bomb.p").Query!.Evaluate(default, TestContext.Current.CancellationToken);
        Assert.Equal(code, error?.Code);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{", "}")]
    [InlineData("(", ")")]
    [InlineData("{x | x = ", "}")]
    [InlineData("{1: ", "}")]
    [InlineData("f(", ")")]
    [InlineData("a[", "]")]
    [InlineData("$\"{", "}\"")]
    public void Deep_nesting_is_a_parse_error(string open, string close)
    {
        const int depth = 20_000;
        var text = new StringBuilder("package deep\np := ").Insert(18, open, depth).Append('1').Insert(
            19 + (open.Length * depth), close, depth);
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("deep.rego", text.ToString())], default, Tight);
        Assert.Null(engine);
        Assert.Equal(RegoErrorCodes.Parse, errors[0].Code);
    }

    [Theory]
    [InlineData("package a\np := \"\0\"\n", "illegal null character", 2)]
    [InlineData("package a\n\uFEFFp := 1\n", "illegal byte-order mark", 2)]
    [InlineData("package a\np := 1e999999999\n", "number too big", 2)]
    public void What_is_no_text_is_a_parse_error(string source, string message, int row)
    {
        var error = RegoEngine.Compile([new RegoModuleSource("a.rego", source)], default, Tight).Errors[0];
        Assert.Equal((RegoErrorCodes.Parse, message, row), (error.Code, error.Message, error.Place!.Row));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_a_parse_error()
    {
        foreach (var source in new[] { "package a\np := \"\uD800\"\n", "package a\n# \uDC00", "package a\n# \uD83D\uDE00\uD83D" })
        {
            var error = Assert.Single(RegoEngine.Compile([new RegoModuleSource("a.rego", source)], default, Tight).Errors);
            Assert.Equal((RegoErrorCodes.Parse, "illegal utf-8 character"), (error.Code, error.Message));
        }
    }

    [Fact]
    public void A_byte_order_mark_at_the_beginning_is_none_of_the_text() =>
        Assert.Empty(RegoEngine.Compile([new RegoModuleSource("a.rego", "\uFEFFpackage a\np := 1\n")], default, Tight).Errors);

    [Fact]
    public void A_source_of_many_megabytes_is_refused()
    {
        var source = "package a\n" + new string('#', 5 << 20);
        var error = Assert.Single(RegoEngine.Compile([new RegoModuleSource("a.rego", source)], default, Tight).Errors);
        Assert.Equal(RegoErrorCodes.LimitSize, error.Code);
    }

    [Fact]
    public void Comprehensions_in_comprehensions_are_looked_at_once()
    {
        const int depth = 60;
        var text = string.Concat(Enumerable.Range(0, depth).Select(i => $"[x{i} | x{i} := "))
            + "1" + string.Concat(Enumerable.Repeat("]", depth));
        Assert.Empty(RegoEngine.Compile([new RegoModuleSource("a.rego", $"package a\np := {text}\n")], default, Tight).Errors);
    }

    [Fact]
    public void A_pattern_that_explodes_elsewhere_is_linear_here()
    {
        var (engine, _) = RegoEngine.Compile(
            [new RegoModuleSource("regex.rego", "package r\np := regex.match(`^(a+)+$`, input)\n")], default, Tight);
        var (answers, error) = engine!.Prepare("x = data.r.p").Query!
            .Evaluate(RegoValue.Of(new string('a', 5000) + "!"), TestContext.Current.CancellationToken);
        Assert.Null(error);
        Assert.True(answers[0]["x"].IsFalse);
    }

    [Fact]
    public async Task Cancellation_ends_an_evaluation_within_milliseconds()
    {
        var (engine, _) = RegoEngine.Compile(
            [new RegoModuleSource("loop.rego", "package l\nr := numbers.range(1, 2000)\np if {\n"
                + "\tsome a in r\n\tsome b in r\n\tsome c in r\n\ta + b + c < 0\n}\n")],
            default, RegoOptions.Default);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = Task.Run(async () =>
            await engine!.DecideAsync("data.l.p", PolicyInput.FromJson("{}"u8.ToArray()), cancel.Token), CancellationToken.None);
        while (running.Status == TaskStatus.WaitingToRun) await Task.Yield();
        var watch = Stopwatch.StartNew();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.InRange(watch.ElapsedMilliseconds, 0, 500);
    }

    [Fact]
    public async Task A_limit_is_never_undefined()
    {
        var (engine, _) = RegoEngine.Compile(
            [new RegoModuleSource("not.rego", "package n\nbad if numbers.range(1, 1000000000000)\np if not bad\n")], default,
                Tight);
        var decision = await engine!.DecideAsync(
            "data.n.p", PolicyInput.FromJson("{}"u8.ToArray()), TestContext.Current.CancellationToken);
        Assert.Equal(RegoErrorCodes.LimitSize, Assert.IsType<Decision.Failed>(decision).Code);
    }

    [Fact]
    public void A_long_body_needs_no_deep_stack()
    {
        const int literals = 2_000;
        var lines = string.Concat(Enumerable.Range(1, literals).Select(i => $"\tinput.x{i % 7} != {i}\n"));
        var rules = string.Concat(
            Enumerable.Range(1, 30).Select(i => $"p{i} if {{\n{lines}\tp{i + 1}\n}}\n")) + "p31 := true\np := p1\n";
        var (engine, errors) = RegoEngine.Compile([new RegoModuleSource("long.rego", $"package long\n{rules}")], default, Tight);
        Assert.Empty(errors);
        var input = RegoJson.Parse("""{"x0": 0, "x1": 0, "x2": 0, "x3": 0, "x4": 0, "x5": 0, "x6": 0}""");
        var (answers, error) = engine!.Prepare("x = data.long.p").Query!.Evaluate(input, TestContext.Current.CancellationToken);
        Assert.True(error?.Code == RegoErrorCodes.LimitDepth || answers[0]["x"].IsTrue);
    }

    [Fact]
    public void A_body_of_very_many_literals_is_refused()
    {
        var lines = string.Concat(Enumerable.Repeat("\tinput.x\n", 20_000));
        var (engine, errors) = RegoEngine.Compile(
            [new RegoModuleSource("long.rego", $"package long\np if {{\n{lines}}}\n")], default, Tight);
        Assert.Null(engine);
        Assert.Equal(RegoErrorCodes.LimitSize, errors[0].Code);
    }

    private static string Doubling(int times) =>
        string.Concat(Enumerable.Range(1, times).Select(
            i => $"s{i} := concat(\"\", [s{i - 1}, s{i - 1}])\n")) + $"s0 := \"x\"\np := s{times}";

    private static string Chain(int length) =>
        string.Concat(Enumerable.Range(1, length).Select(i => $"c{i} := c{i - 1} + 1\n")) + $"c0 := 0\np := c{length}";

    private static string Squares(int times) =>
        string.Concat(Enumerable.Range(1, times).Select(i => $"q{i} := q{i - 1} * q{i - 1}\n")) + $"q0 := 7\np := q{times}";
}
