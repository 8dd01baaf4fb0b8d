using System.Text;
using System.Text.Json;
using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>A running gateway's door, with a signature of GitHub's own library in front of it.</summary>
public class ForeignDoorTests
{
    private const string Body = "{\"action\":\"opened\",\"number\":1,\"pull_request\":{\"title\":\"größer 🚀\"},\"repository\":{\"full_name\":\"acme/shop\"}}";

    [Fact]
    public async Task Only_what_was_signed_with_the_secret_is_let_in()
    {
        var why = await ForeignCode.WhyNoNodeAsync("@octokit/webhooks");
        Assert.SkipWhen(why is not null, why ?? "");
        await using var scene = await GitHubScene.StartAsync();
        await using var gateway = await Gateway.StartAsync(scene);
        var told = await ForeignCode.NodeAsync("signatures.mjs", new
        {
            sign = ((string[])[Gateway.HookSecret, "another-secret"]).Select(secret => new { kind = "github", secret, body = Body }),
        });
        var signed = told.GetProperty("signed").Deserialize<Dictionary<string, string>[]>()!;
        Assert.Equal(202, await StatusAsync(gateway, Body, signed[0]));
        Assert.Equal(401, await StatusAsync(gateway, Body + "\n", signed[0]));
        Assert.Equal(401, await StatusAsync(gateway, Body, signed[1]));
    }

    private static async Task<int> StatusAsync(Gateway gateway, string body, Dictionary<string, string> signed)
    {
        using var client = new HttpClient(new SocketsHttpHandler());
        using var call = new HttpRequestMessage(HttpMethod.Post, $"{gateway.Url}/hooks/forge")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        call.Headers.Add("X-GitHub-Event", "pull_request");
        call.Headers.Add("X-GitHub-Delivery", "foreign-1");
        foreach (var (name, value) in signed) call.Headers.Add(name, value);
        using var answer = await client.SendAsync(call, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }
}
