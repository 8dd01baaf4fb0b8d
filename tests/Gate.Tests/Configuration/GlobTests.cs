using GitOpsGate.Configuration;
using Xunit;

namespace GitOpsGate.Gate.Tests.Configuration;

public class GlobTests
{
    [Theory]
    [InlineData("prod/**", "prod/a/b.yaml", true)]
    [InlineData("prod/**", "prod", false)]
    [InlineData("**/*.yaml", "a.yaml", true)]
    [InlineData("**/*.yaml", "x/y/a.yaml", true)]
    [InlineData("prod/**/app.yaml", "prod/app.yaml", true)]
    [InlineData("prod/**/app.yaml", "prod/a/b/app.yaml", true)]
    [InlineData("prod/**/app.yaml", "prod/a/bapp.yaml", false)]
    [InlineData("*.yaml", "x/a.yaml", false)]
    [InlineData("release/?", "release/1", true)]
    [InlineData("release/?", "release//", false)]
    [InlineData("{prod,stage}/*.y{a,}ml", "stage/a.yml", true)]
    [InlineData("{prod,stage}/*", "dev/a", false)]
    [InlineData("a.b", "axb", false)]
    [InlineData("Main", "main", false)]
    public void A_glob_matches_whole_texts(string pattern, string text, bool matches)
    {
        Assert.True(Glob.TryParse(pattern, out var glob, out var problem), problem);
        Assert.Equal(matches, glob.Matches(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{a")]
    [InlineData("a}")]
    [InlineData("{a,{b,c}}")]
    [InlineData("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}")]
    public void A_pattern_that_cannot_be_read_is_refused(string pattern) => Assert.False(Glob.TryParse(pattern, out _, out _));

    [Fact]
    public void A_hostile_pattern_takes_no_longer_than_pattern_times_text()
    {
        Assert.True(Glob.TryParse(string.Concat(Enumerable.Repeat("**a", 100)), out var glob, out _));
        Assert.False(glob.Matches(new string('a', 5000) + "b"));
    }
}
