using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Fakes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>Workflows of GitHub that ask the gate before they deploy.</summary>
public class DeploymentTests
{
    private const string Answers = "/deployment_protection_rule";

    [Fact]
    public async Task A_deployment_waits_while_its_change_is_held_and_goes_on_once_it_is_allowed()
    {
        await using var scene = await SetAsync();
        await using var gateway = await ConnectAsync(scene);
        var (number, head) = await ProposeAsync(scene, gateway, "new");
        var waiting = await scene.DeployAsync("alice", "production", head);
        await ShowsAsync(gateway, () => waiting.Comments.Count == 1, "it was not told that it waits");
        Assert.Contains($"waits for `#{number}`", waiting.Comments[0], StringComparison.Ordinal);
        Assert.True(waiting.IsWaiting);

        await scene.ApproveAsync(number, "bob");
        await ShowsAsync(gateway, () => waiting.State is not null, "it was not answered");
        Assert.Equal(("approved", 2), (waiting.State, waiting.Comments.Count));
        Assert.Contains($"{gateway.Url}/rulings/", waiting.Comments[1], StringComparison.Ordinal);

        // The merge itself, which `prod` of gate.yaml is deployed from as well.
        var merge = await scene.MergeAsync(number, "alice", MergeKind.Squash);
        var merged = await scene.DeployAsync("alice", "prod", merge);
        await ShowsAsync(gateway, () => merged.State is not null, "the merge was not answered");
        Assert.Equal("approved", merged.State);
        await gateway.IdleAsync();
        var obligations = (await gateway.GetAsync("obligations?limit=100")).GetProperty("items").EnumerateArray();
        Assert.Equal(
            ["discharged", "discharged", "discharged"],
            obligations.Where(one => one.GetProperty("kind").GetString() == "deployment").Select(one => one.GetProperty("state").GetString()));
        Assert.True(await gateway.VerifiesAsync(), gateway.Printed);
    }

    [Theory]
    [InlineData("production")]
    [InlineData("prod")]
    public async Task What_went_past_the_gate_is_not_deployed(string environment)
    {
        await using var scene = await SetAsync();
        await using var gateway = await ConnectAsync(scene);
        var smuggled = await scene.PushAsync("mallory", "main", ("site/extra.html", Manifests.Page("smuggled")));
        var waiting = await scene.DeployAsync("mallory", environment, smuggled);
        await ShowsAsync(gateway, () => waiting.State is not null, "it was not answered");
        Assert.Equal("rejected", waiting.State);
        Assert.Contains("no ruling covers", Assert.Single(waiting.Comments), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FaultKind.HoldRequest)]
    [InlineData(FaultKind.HoldAnswer)]
    public async Task A_gate_that_is_killed_between_deciding_and_answering_answers_once(FaultKind fault)
    {
        await using var scene = await SetAsync();
        await using var gateway = await ConnectAsync(scene);
        var (number, head) = await ProposeAsync(scene, gateway, "new");
        await scene.ApproveAsync(number, "bob");
        await ShowsAsync(gateway, () => scene.Shown(head) == ShownVerdict.Allowed, "it was not allowed");
        await gateway.IdleAsync();
        var before = scene.Journal.Count("POST", Answers);
        scene.Faults.Add(new Fault(fault) { Method = "POST", Path = Answers });
        var waiting = await scene.DeployAsync("alice", "production", head);
        await ShowsAsync(gateway, () => scene.Journal.Count("POST", Answers) > before, "it was not tried");
        if (fault == FaultKind.HoldAnswer) await ShowsAsync(gateway, () => waiting.State is not null, "it was not carried out");
        gateway.Kill();
        await gateway.StartAgainAsync();
        await ShowsAsync(gateway, () => waiting.State is not null, "it was not answered after the start");
        await gateway.IdleAsync();
        Assert.Equal(("approved", 1), (waiting.State, waiting.Comments.Count));
        Assert.True(await gateway.VerifiesAsync(), gateway.Printed);
    }

    private static async Task<GitHubScene> SetAsync()
    {
        var scene = await GitHubScene.StartWithAppAsync();
        await scene.PushAsync("alice", "main", (".gitopsgate.yaml", Manifests.Rules), ("site/index.html", Manifests.Page("old")));
        return scene;
    }

    private static async Task<Gateway> ConnectAsync(GitHubScene scene)
    {
        var gateway = await Gateway.StartAsync(scene);
        await gateway.ConnectAsync();
        scene.Ask(gateway);
        return gateway;
    }

    private static async Task<(long Number, string Head)> ProposeAsync(GitHubScene scene, Gateway gateway, string page)
    {
        var head = await scene.PushAsync("alice", "sale", ("site/index.html", Manifests.Page(page)));
        var number = await scene.OpenAsync("alice", "sale", "Announce the sale");
        await ShowsAsync(gateway, () => scene.Shown(head) == ShownVerdict.Held, "it was not held");
        return (number, head);
    }

    private static Task ShowsAsync(Gateway gateway, Func<bool> isSo, string otherwise) =>
        Eventually.TrueAsync(isSo, () => $"{otherwise}:\n{gateway.Printed}");
}
