using System.Text;
using GitOpsGate.Audit;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>Leaves of the usual form are read in one pass; the form of nothing else changes what is read, or whether it is.</summary>
public class LeafScanTests
{
    private const string Usual =
        """{"actor":{"kind":"user","ref":"a_1"},"attrs":{"b":[{"x":1}],"c":true},"corr":"c","id":"i","outcome":"allow","pop":{"deploy:prod":3,"ä":4},"seq":7,"tenant":"t_1","time":"2026-03-04T05:06:07.089Z","type":"x.y","v":1}""";

    [Fact]
    public void The_order_of_members_does_not_matter()
    {
        var usual = LeafFields.Read(Encoding.UTF8.GetBytes(Usual));
        var turned = LeafFields.Read(Encoding.UTF8.GetBytes(
            """{"v":1,"type":"x.y","time":"2026-03-04T05:06:07.089Z","tenant":"t\u005f1","seq":7,"pop":{"\u00e4":4,"deploy:prod":3},"outcome":"allow","id":"i","corr":"c","attrs":{"c":true,"b":[{"x":1}]},"actor":{"ref":"a_1","kind":"user"}}"""));

        Assert.Equal(usual with { Numbers = turned.Numbers }, turned);
        Assert.Equal(usual.Numbers, turned.Numbers);
        Assert.Equal((7L, "i", "x.y", "t_1", "allow", "c", "a_1"), (usual.Index, usual.Id, usual.Type, usual.Tenant, usual.Outcome, usual.Correlation, usual.Actor));
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero), usual.At);
        Assert.Equal([("deploy:prod", 3L), ("ä", 4L)], usual.Numbers.Select(one => (one.Key, one.Value)));
    }

    [Theory]
    [InlineData("\"seq\":7", "\"seq\":7,\"seq\":7")]
    [InlineData("\"seq\":7", "\"seq\":7.5")]
    [InlineData("\"seq\":7", "\"seq\":\"7\"")]
    [InlineData("\"seq\":7,", "")]
    [InlineData("\"c\":true", "\"c\":true,\"c\":false")]
    [InlineData("\"x\":1", "\"x\":1,\"x\":1")]
    [InlineData("{\"x\":1}", "[[[[[[[[1]]]]]]]]")]
    [InlineData("\"ref\":\"a_1\"", "\"ref\":1")]
    [InlineData("\"id\":\"i\"", "\"id\":null")]
    [InlineData("\"deploy:prod\":3", "\"deploy:prod\":true")]
    [InlineData("07.089Z", "07.089+00:00")]
    [InlineData("07.089Z", "07.89Z")]
    [InlineData("2026-03-04", "2026-13-04")]
    [InlineData("2026-03-04T", "2026-03-04 ")]
    [InlineData("\"v\":1}", "\"v\":1} {}")]
    [InlineData("\"v\":1}", "\"v\":1")]
    public void What_is_no_leaf_is_refused(string part, string instead)
    {
        Assert.Contains(part, Usual, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => LeafFields.Read(Encoding.UTF8.GetBytes(Usual.Replace(part, instead, StringComparison.Ordinal))));
    }
}
