using System.Text.Json.Nodes;
using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>The same change is told the same on every forge: verdict, reasons, and the way to green.</summary>
public class SameOnEachForgeTests
{
    private static readonly string[] Compared = ["verdict", "summary", "findings", "requirements", "wayToGreen", "bundles", "rulesDigest"];

    private static readonly string[] Forges = ["github", "gitlab", "bitbucket-cloud", "bitbucket-datacenter", "gitea", "azuredevops"];

    [Fact]
    public async Task The_same_change_has_the_same_ruling_on_each_forge()
    {
        List<List<JsonObject>> stories = [];
        // A gateway for each is more than a small machine likes.
        foreach (var some in Forges.Chunk(3)) stories.AddRange(await Task.WhenAll(some.Select(TellAsync)));
        Assert.Equal(["denied", "held", "allowed"], stories[0].Select(ruling => (string)ruling["verdict"]!));
        Assert.NotEmpty(stories[0][0]["findings"]!.AsArray());
        Assert.All(stories[0].Take(2), ruling => Assert.NotEmpty(ruling["wayToGreen"]!.AsArray()));
        foreach (var other in stories.Skip(1))
        {
            for (var at = 0; at < stories[0].Count; at++) Assert.Equal(stories[0][at].ToJsonString(), other[at].ToJsonString());
        }
    }

    /// <summary>The rulings of one change: careless, mended, approved.</summary>
    private static async Task<List<JsonObject>> TellAsync(string forge)
    {
        await using var stage = await Stage.SetAsync(forge);
        List<JsonObject> rulings = [];
        var (number, careless) = await stage.ProposeAsync([("deploy/web.yaml", Manifests.Privileged), ("site/index.html", Manifests.Page("new"))]);
        await stage.ShowsAsync(careless, ShownVerdict.Denied);
        rulings.Add(await RulingAsync(stage, number));
        var mended = await stage.Scene.PushAsync("alice", stage.Branch, ("deploy/web.yaml", Manifests.Decent));
        await stage.ShowsAsync(mended, ShownVerdict.Held);
        rulings.Add(await RulingAsync(stage, number));
        await stage.Scene.ApproveAsync(number, "bob");
        await stage.ShowsAsync(mended, ShownVerdict.Allowed);
        rulings.Add(await RulingAsync(stage, number));
        return rulings;
    }

    private static async Task<JsonObject> RulingAsync(Stage stage, long number)
    {
        await stage.IdleAsync();
        var ruling = JsonObject.Create((await stage.ChangeAsync(number)).GetProperty("ruling"))!;
        foreach (var requirement in ruling["requirements"]!.AsArray()) requirement!.AsObject().Remove("waitingSince");
        return new JsonObject(Compared.Select(name => KeyValuePair.Create(name, ruling[name]?.DeepClone())));
    }
}
