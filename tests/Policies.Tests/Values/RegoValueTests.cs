using FsCheck;
using FsCheck.Fluent;
using GitOpsGate.Policies.Rego.Values;
using Xunit;

namespace GitOpsGate.Policies.Tests.Values;

/// <summary>Values: one total order, equality that agrees with it, and JSON that reads back.</summary>
public sealed class RegoValueTests
{
    private static readonly string[] Texts = ["", "a", "b", "é", "\uFF5E", "\U0001F600", "a\"\n"];
    private static readonly string[] Numbers = ["0", "-1", "1", "1.0", "1e0", "0.1", "1e400", "9007199254740993", "-0",
        "123456789012345678901"];

    private static Gen<RegoValue> Scalars { get; } = Gen.OneOf(
        Gen.Constant(RegoValue.Null),
        Gen.Elements(RegoValue.True, RegoValue.False),
        Gen.Elements(Numbers).Select(RegoNumber.FromText),
        Gen.Elements(Texts).Select(t => RegoValue.Of(t)));

    private static Gen<RegoValue> Any(int depth)
    {
        if (depth == 0) return Scalars;
        var inner = Any(depth - 1);
        return Gen.OneOf(
            Scalars,
            inner.ListOf(3).Select(l => RegoValue.ArrayOf([.. l])),
            inner.ListOf(3).Select(l => RegoValue.Of(RegoSet.Of([.. l]))),
            inner.Two().ListOf(3).Select(l =>
            {
                var entries = new RegoObjectBuilder();
                foreach (var (key, value) in l) entries.Set(key, value);
                return RegoValue.Of(entries.Build());
            }));
    }

    private static Gen<RegoValue> Json(int depth)
    {
        if (depth == 0) return Scalars;
        var inner = Json(depth - 1);
        return Gen.OneOf(
            Scalars,
            inner.ListOf(3).Select(l => RegoValue.ArrayOf([.. l])),
            Gen.Elements(Texts).SelectMany(key => inner.Select(value => (key, value))).ListOf(3).Select(l =>
            {
                var entries = new RegoObjectBuilder();
                foreach (var (key, value) in l) entries.Set(key, value);
                return RegoValue.Of(entries.Build());
            }));
    }

    [Fact]
    public void The_order_is_total_and_agrees_with_equality()
    {
        Prop.ForAll(Any(3).Three().ToArbitrary(), triple =>
        {
            var (a, b, c) = triple;
            var ab = Math.Sign(RegoOrder.Compare(a, b));
            if (ab != -Math.Sign(RegoOrder.Compare(b, a)) || ab == 0 != a.Equals(b)) return false;
            if (a.Equals(b) && a.GetHashCode() != b.GetHashCode()) return false;
            return RegoOrder.Compare(a, b) > 0 || RegoOrder.Compare(b, c) > 0 || RegoOrder.Compare(a, c) <= 0;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Json_reads_back_to_the_same_value_and_the_same_text()
    {
        Prop.ForAll(Json(3).ToArbitrary(), value =>
        {
            var text = RegoJson.ToText(value);
            var again = RegoJson.Parse(text);
            return again.Equals(value) && RegoJson.ToText(again) == text;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_set_holds_what_was_put_in_and_nothing_else()
    {
        Prop.ForAll(Any(2).ListOf(20).ToArbitrary(), items =>
        {
            var set = RegoSet.Of([.. items]);
            return items.All(set.Contains) && set.Count == items.Distinct().Count();
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("0.1", "0.2", "0.3")]
    [InlineData("1", "1.5", "2.5")]
    [InlineData("1e3", "1", "1001")]
    [InlineData("9223372036854775807", "1", "9223372036854775808")]
    [InlineData("1e30", "0.5", "1000000000000000000000000000000")]
    [InlineData("0.0000001", "0", "1e-07")]
    public void Sums_have_the_digits_that_the_language_gives(string left, string right, string sum) =>
        Assert.Equal(sum, RegoArithmetic.Add(RegoNumber.FromText(left), RegoNumber.FromText(right)).ToString());

    [Theory]
    [InlineData("1", "3", "0.33333333333333333334")]
    [InlineData("2", "3", "0.6666666666666666667")]
    [InlineData("10", "4", "2.5")]
    [InlineData("4", "2", "2")]
    [InlineData("1", "1e5", "1e-05")]
    public void Quotients_have_the_digits_that_the_language_gives(string left, string right, string quotient) =>
        Assert.Equal(quotient, RegoArithmetic.Divide(RegoNumber.FromText(left), RegoNumber.FromText(right)).ToString());

    [Fact]
    public void Strings_are_ordered_by_their_utf8_bytes() => Assert.True(RegoValue.Of("\uFF5E") < RegoValue.Of("\U0001F600"));

    [Fact]
    public void Equal_numbers_find_one_another_however_they_are_written()
    {
        var set = RegoSet.Of([RegoNumber.FromText("1.0"), RegoValue.Of(1L), RegoNumber.FromText("1e0")]);
        Assert.Equal("{1.0}", RegoValue.Of(set).ToString());
        Assert.True(set.Contains(RegoValue.Of(1L)));
    }

    [Fact]
    public void Json_that_is_too_deep_is_refused()
    {
        Assert.False(RegoJson.TryParse(System.Text.Encoding.UTF8.GetBytes(new string('[', 10_000)), out _, out var problem));
        Assert.NotNull(problem);
    }
}
