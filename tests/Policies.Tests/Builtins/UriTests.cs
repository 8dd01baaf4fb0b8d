using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Evaluate;
using GitOpsGate.Policies.Rego.Values;
using Xunit;

namespace GitOpsGate.Policies.Tests.Builtins;

/// <summary>URLs are newer in the language than the OPA that the other calls are compared with.</summary>
public sealed class UriTests
{
    [Theory]
    [InlineData("https://example.com:8080/a?q=1#top",
        """{"fragment":"top","hostname":"example.com","path":"/a","port":"8080","raw_path":"/a","raw_query":"q=1","scheme":"https"}""")]
    [InlineData("HTTP://[::1]:80", """{"hostname":"::1","port":"80","scheme":"http"}""")]
    [InlineData("/a%2Fb", """{"path":"/a/b","raw_path":"/a%2Fb"}""")]
    [InlineData("/a%20b", """{"path":"/a b","raw_path":"/a b"}""")]
    [InlineData("https://u:p@h/x+y", """{"hostname":"h","path":"/x+y","raw_path":"/x+y","scheme":"https"}""")]
    [InlineData("mailto:a@example.com", """{"scheme":"mailto"}""")]
    [InlineData("", "{}")]
    public void A_URL_is_taken_apart(string text, string wanted)
    {
        Assert.Equal(wanted, RegoJson.ToText(Call("uri.parse", text).Value));
        Assert.Equal(text.Length > 0, Call("uri.is_valid", text).Value.IsTrue);
    }

    [Theory]
    [InlineData("http://exa%6dple.com/", "invalid URL escape \"%6d\"")]
    [InlineData("http://h:x/", "invalid port \":x\" after host")]
    [InlineData("http://[::1/", "missing ']' in host")]
    [InlineData(":x", "missing protocol scheme")]
    [InlineData("a:b/c:d", null)]
    [InlineData("1:b", "first path segment in URL cannot contain colon")]
    [InlineData("/%zz", "invalid URL escape \"%zz\"")]
    [InlineData("http://a b/", "invalid character \" \" in host name")]
    [InlineData("http://a<b@h/", "net/url: invalid userinfo")]
    [InlineData("/a\nb", "net/url: invalid control character in URL")]
    public void What_is_no_URL_is_refused_with_the_reason(string text, string? reason)
    {
        var (value, error) = Call("uri.parse", text);
        Assert.Equal(reason is null, value.IsDefined);
        if (reason is not null) Assert.EndsWith(reason, error, StringComparison.Ordinal);
        Assert.Equal(reason is null, Call("uri.is_valid", text).Value.IsTrue);
    }

    private static (RegoValue Value, string? Error) Call(string name, string text)
    {
        var budget = new EvaluationBudget(RegoLimits.Default, TestContext.Current.CancellationToken);
        var context = new BuiltinContext(budget, DateTimeOffset.UnixEpoch, seed: 1);
        var value = BuiltinTable.Standard.Find(name)!.Call(context, [RegoValue.Of(text)]);
        return (value, context.FirstError?.Message);
    }
}
