using System.Text;
using GitOpsGate.Forges.GitHub;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>What GitHub says of the app's installations and of repositories that move, in bodies of our own.</summary>
public class GitHubAccessTests
{
    private const string Repository = "\"repository\":{\"full_name\":\"acme/store\",\"id\":501}}";

    [Theory]
    [InlineData("installation", """{"action":"created","installation":{"account":{"login":"acme"}},"repositories":[{"full_name":"acme/shop"}]}""",
        "Settings | access acme back + access acme/shop back")]
    [InlineData("installation", """{"action":"suspend","installation":{"account":{"login":"../acme"}}}""",
        "unreadable: the body of `installation` lacks a usable `installation.account.login`")]
    [InlineData("installation", """{"action":"suspend"}""", "unreadable: the body of `installation` lacks a usable `installation.account.login`")]
    [InlineData("installation_repositories",
        """{"action":"removed","repositories_added":[],"repositories_removed":[{"full_name":"acme/shop"},{"full_name":"acme/../x"},{"full_name":"acme/docs"}]}""",
        "Settings | access acme/shop lost + access acme/docs lost")]
    [InlineData("installation_repositories", """{"action":"removed"}""", "ignored: it names no repository")]
    [InlineData("repository", """{"action":"renamed","changes":{"repository":{"name":{"from":"shop"}}},""" + Repository,
        "Settings | moved acme/store from acme/shop")]
    [InlineData("repository", """{"action":"transferred","changes":{"owner":{"from":{"organization":{"login":"old"}}}},""" + Repository,
        "Settings | moved acme/store from old/store")]
    [InlineData("repository", """{"action":"renamed","changes":{"repository":{"name":{"from":"../../shop"}}},""" + Repository,
        "Settings | settings acme/store repository renamed")]
    [InlineData("repository", """{"action":"transferred","changes":{},""" + Repository, "Settings | settings acme/store repository transferred")]
    public void It_is_read_as_access_or_as_a_move(string name, string body, string expected)
    {
        var delivery = ReadingText.Delivery(GitHubForge.ForgeName, name, Encoding.UTF8.GetBytes(body));
        Assert.Equal(expected, ReadingText.Of(Rooms.Forge(GitHubForge.ForgeName).Read(delivery)));
    }
}
