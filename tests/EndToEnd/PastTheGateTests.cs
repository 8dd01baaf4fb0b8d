using System.Text.Json;
using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>What went past the gate reaches no target, not even below a merge that was allowed, on each forge.</summary>
public class PastTheGateTests
{
    public static TheoryData<string> Forges => ["github", "gitlab", "bitbucket-cloud", "bitbucket-datacenter", "gitea", "azuredevops"];

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_covered_merge_does_not_take_a_smuggled_commit_along_until_it_is_adopted(string forge)
    {
        await using var stage = await Stage.SetAsync(forge);
        await stage.Scene.PushAsync("mallory", "main", ("site/extra.html", Manifests.Page("smuggled")));
        await HasEntryAsync(stage, "change.unmanaged");
        var merge = await MergeAsync(stage, "new");
        await HasEntryAsync(stage, "dispatch.withheld");
        await stage.IdleAsync();
        Assert.NotEqual(Manifests.Page("new"), stage.Gateway.Page());
        Assert.DoesNotContain("dispatch.requested", await stage.Gateway.EntryTypesAsync());

        var held = Assert.Single((await stage.Gateway.GetAsync("branches/held")).GetProperty("items").EnumerateArray());
        Assert.Equal(merge, held.GetProperty("tip").GetString());
        Assert.Equal("FAILED", await AttestedAsync(stage, merge));
        await stage.AdoptAsync(merge);
        Assert.Empty((await stage.Gateway.GetAsync("branches/held")).GetProperty("items").EnumerateArray());
        Assert.Contains("override.used", await stage.Gateway.EntryTypesAsync());

        var newer = await MergeAsync(stage, "newer");
        await Eventually.TrueAsync(() => stage.Gateway.Page() == Manifests.Page("newer"), () => $"nothing was dispatched:\n{stage.Gateway.Printed}");
        Assert.Equal("PASSED", await AttestedAsync(stage, newer));
        Assert.True(File.Exists(Path.Combine(stage.Gateway.SiteFolder, "current", "extra.html")));
        Assert.True(await stage.Gateway.VerifiesAsync());
    }

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task A_smuggled_commit_that_is_reverted_holds_nothing_back(string forge)
    {
        await using var stage = await Stage.SetAsync(forge);
        await stage.Scene.PushAsync("mallory", "main", ("site/extra.html", Manifests.Page("smuggled")));
        await HasEntryAsync(stage, "change.unmanaged");
        await stage.Scene.PushAsync("alice", "main", ("site/extra.html", null));
        await Eventually.TrueAsync(
            async () => (await stage.Gateway.GetAsync("branches/held")).GetProperty("items").GetArrayLength() == 0,
            () => $"still held:\n{stage.Gateway.Printed}");
        await MergeAsync(stage, "new");
        await Eventually.TrueAsync(() => stage.Gateway.Page() == Manifests.Page("new"), () => $"nothing was dispatched:\n{stage.Gateway.Printed}");
        Assert.False(File.Exists(Path.Combine(stage.Gateway.SiteFolder, "current", "extra.html")));
    }

    /// <summary>What the gate's summary of a commit says, as soon as there is one.</summary>
    private static async Task<string?> AttestedAsync(Stage stage, string commit)
    {
        JsonElement[] found = [];
        await Eventually.TrueAsync(
            async () => (found = [.. (await stage.Gateway.GetAsync($"attestations?commit={commit}")).GetProperty("items").EnumerateArray()]).Length == 2,
            () => $"`{commit}` is not attested:\n{stage.Gateway.Printed}");
        var summary = found.Single(one => one.GetProperty("predicate").GetString() == "vsa").GetProperty("sha256").GetString();
        var envelope = await stage.Gateway.GetAsync($"attestations/{summary}");
        return JsonElement.Parse(envelope.GetProperty("payload").GetBytesFromBase64()).GetProperty("predicate").GetProperty("verificationResult").GetString();
    }

    private static async Task<string> MergeAsync(Stage stage, string page)
    {
        var (number, head) = await stage.ProposeAsync([("site/index.html", Manifests.Page(page))]);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.Scene.ApproveAsync(number, "bob");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        return await stage.Scene.MergeAsync(number, "alice", MergeKind.Squash);
    }

    private static Task HasEntryAsync(Stage stage, string type) => Eventually.TrueAsync(
        async () => (await stage.Gateway.EntryTypesAsync()).Contains(type), () => $"no `{type}`:\n{stage.Gateway.Printed}");
}
