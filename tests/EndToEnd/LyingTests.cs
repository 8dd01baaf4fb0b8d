using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Fakes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>Forges and callers that say what is not so, with the right secret: a webhook is a hint, and a commit is what Git knows.</summary>
public class LyingTests(SharedStages stages) : IClassFixture<SharedStages>
{
    private static readonly (string Path, string? Text)[] Decent = [("deploy/web.yaml", Manifests.Decent)];

    [Theory]
    [InlineData("deadbeefdeadbeefdeadbeefdeadbeefdeadbeef")]
    [InlineData("abc123")]
    [InlineData("")]
    [InlineData("refs/heads/main")]
    public async Task A_head_that_git_does_not_know_is_never_green_and_the_truth_is_judged_when_it_is_told(string lie)
    {
        await using var stage = await Stage.SetAsync("github");
        stage.Scene.Faults.Add(Fault.Answer(200) with { Method = "GET", Path = "/pulls/1", Times = 10_000, Body = Pull(lie) });
        var (number, head) = await stage.ProposeAsync(Decent);
        Assert.Equal(1, number);
        await stage.Scene.ApproveAsync(number, "bob");
        await Eventually.TrueAsync(
            async () => (await DeliveriesAsync(stage)).Any(one => one.GetProperty("attempts").GetInt32() > 0 || one.GetProperty("state").GetString() == "dead"),
            () => $"the lie was not met:\n{stage.Gateway.Printed}");
        Assert.Equal(ShownVerdict.None, stage.Scene.Shown(head));
        stage.Scene.Faults.Clear();
        var mended = await stage.Scene.PushAsync("alice", stage.Branch, ("note.txt", "once more"));
        await stage.ShowsAsync(mended, ShownVerdict.Held, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_signed_body_that_lies_about_everything_leads_to_a_look_and_to_nothing_else()
    {
        var stage = await stages.OfAsync("github");
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        var before = await RulingAsync(stage, number);
        var genuine = stage.Scene.Post.Sent.Last(receipt => receipt.Call.Event == "pull_request").Call;
        var body = JsonNode.Parse(genuine.Body)!.AsObject();
        var pull = body["pull_request"]!.AsObject();
        (pull["state"], pull["merged"], pull["merge_commit_sha"]) = ("closed", true, new string('a', 40));
        (pull["head"]!["sha"], pull["base"]!["ref"], pull["user"]!["login"]) = (new string('b', 40), "elsewhere", "root");
        var receipt = await stage.Scene.Post.SendAsync(genuine.WithBody(Encoding.UTF8.GetBytes(body.ToJsonString()), "a-liars").Signed());
        Assert.Equal(202, receipt.Status);
        await stage.IdleAsync();
        Assert.Equal(before, await RulingAsync(stage, number));
        Assert.Equal("open", (await stage.ChangeAsync(number)).GetProperty("state").GetString());
        Assert.Equal(ShownVerdict.None, stage.Scene.Shown(new string('b', 40)));
    }

    [Fact]
    public async Task A_connection_is_read_as_its_own_forge_whatever_other_forges_headers_stand_beside()
    {
        // A Gitea sends GitHub's headers beside its own; what it says of itself there must not choose the reader, nor prove anything.
        var stage = await stages.OfAsync("github");
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        var genuine = stage.Scene.Post.Sent.Last(receipt => receipt.Call.Event == "pull_request").Call;
        var dressed = genuine.WithBody(genuine.Body, "dressed-up");
        dressed = dressed with
        {
            Headers = new Dictionary<string, string>(dressed.Headers)
            {
                ["X-Gitea-Event"] = "push",
                ["X-Gitea-Event-Type"] = "push",
                ["X-Gitea-Delivery"] = "gitea-1",
                ["X-Gogs-Event"] = "push",
                ["X-Gitlab-Event"] = "Push Hook",
                ["X-Event-Key"] = "repo:push",
            },
        };
        Assert.Equal(202, (await stage.Scene.Post.SendAsync(dressed)).Status);
        await stage.IdleAsync();
        var taken = (await DeliveriesAsync(stage)).Single(one => one.GetProperty("forgeId").GetString() == "dressed-up");
        Assert.Equal(("pull_request", "done"), (taken.GetProperty("event").GetString(), taken.GetProperty("state").GetString()));

        // With Gitea's signature in place of GitHub's it is a stranger's.
        var proof = dressed.Headers["X-Hub-Signature-256"]["sha256=".Length..];
        var headers = new Dictionary<string, string>(dressed.Headers) { ["X-GitHub-Delivery"] = "posing", ["X-Gitea-Signature"] = proof };
        headers.Remove("X-Hub-Signature-256");
        Assert.Equal(401, (await stage.Scene.Post.SendAsync(dressed with { Headers = headers })).Status);
    }

    [Fact]
    public async Task A_push_that_is_told_again_days_later_under_another_id_deploys_nothing_old()
    {
        await using var stage = await Stage.SetAsync("github");
        foreach (var words in (string[])["first", "second"])
        {
            var (number, head) = await stage.ProposeAsync([("site/index.html", Manifests.Page(words))]);
            await stage.Scene.ApproveAsync(number, "bob");
            await stage.ShowsAsync(head, ShownVerdict.Allowed);
            await stage.Scene.MergeAsync(number, "alice", MergeKind.Squash);
            await Eventually.TrueAsync(() => stage.Gateway.Page() == Manifests.Page(words), () => $"nothing was dispatched:\n{stage.Gateway.Printed}");
        }

        await stage.IdleAsync();
        var pushes = stage.Scene.Post.Sent.Where(one => one.Call.Event == "push" && one.Status == 202
            && Encoding.UTF8.GetString(one.Call.Body).Contains("\"refs/heads/main\"", StringComparison.Ordinal)).Select(one => one.Call).ToList();
        var orders = (await stage.Gateway.EntryTypesAsync()).Count(type => type == "dispatch.accepted");
        // The delivery's id is in no signature: whoever has seen a delivery can tell it again under another one.
        foreach (var (call, index) in pushes.Select((call, index) => (call, index)))
        {
            Assert.Equal(202, (await stage.Scene.Post.SendAsync(call.WithBody(call.Body, $"days-later-{index}"))).Status);
        }

        await stage.IdleAsync();
        Assert.Equal(Manifests.Page("second"), stage.Gateway.Page());
        var types = await stage.Gateway.EntryTypesAsync();
        Assert.Equal(orders, types.Count(type => type == "dispatch.accepted"));
        Assert.DoesNotContain("change.unmanaged", types);
        Assert.True(pushes.Count >= 2);
    }

    private static string Pull(string head) => new JsonObject
    {
        ["number"] = 1,
        ["state"] = "open",
        ["title"] = "A lie",
        ["user"] = new JsonObject { ["login"] = "alice", ["id"] = 3, ["type"] = "User" },
        ["head"] = new JsonObject { ["ref"] = "sale-1", ["sha"] = head, ["repo"] = new JsonObject { ["id"] = 1 } },
        ["base"] = new JsonObject { ["ref"] = "main", ["sha"] = head, ["repo"] = new JsonObject { ["id"] = 1 } },
    }.ToJsonString();

    private static async Task<List<JsonElement>> DeliveriesAsync(Stage stage) =>
        [.. (await stage.Gateway.GetAsync("deliveries?limit=500")).GetProperty("items").EnumerateArray()];

    private static async Task<string> RulingAsync(Stage stage, long number)
    {
        var ruling = (await stage.ChangeAsync(number)).GetProperty("ruling");
        return string.Join('\n', ((string[])["head", "verdict", "summary", "findings"]).Select(name => ruling.GetProperty(name).GetRawText()));
    }
}
