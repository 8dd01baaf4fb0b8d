using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Fakes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>Forges that answer nothing, or late. All three wait side by side, since the gate's own patience is what takes the time.</summary>
public class SlowForgeTests
{
    private static readonly (string Path, string? Text)[] Decent = [("deploy/web.yaml", Manifests.Decent)];

    [Fact]
    public Task A_forge_that_answers_nothing_is_asked_again() => Task.WhenAll(
        OnEachAsync(async stage =>
        {
            await SilentAsync(stage, new Fault(FaultKind.HoldRequest) { Method = "GET", Path = stage.Scene.ChangeRead });
            await SilentAsync(stage, new Fault(FaultKind.HoldAnswer) { Method = "POST", Path = stage.Scene.StatusWrite });
        }),
        // Git gives up by itself after half a minute without a byte.
        OnAsync("github", stage => SilentAsync(stage, new Fault(FaultKind.HoldRequest) { Method = "GET", Path = "info/refs" })));

    [Fact]
    public Task A_forge_that_answers_late_is_waited_for() => OnEachAsync(async stage =>
    {
        stage.Scene.Faults.Add(new Fault(FaultKind.AnswerLate) { Delay = TimeSpan.FromMilliseconds(700), Times = 1000 });
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.Scene.ApproveAsync(number, "bob");
        await stage.ShowsAsync(head, ShownVerdict.Allowed);
        await stage.IdleAsync();
        Assert.Single(stage.Scene.Comments(number));
    });

    private static async Task SilentAsync(Stage stage, Fault fault)
    {
        await stage.IdleAsync();
        stage.Scene.Faults.Add(fault);
        var (number, head) = await stage.ProposeAsync(Decent);
        await stage.ShowsAsync(head, ShownVerdict.Held, TimeSpan.FromSeconds(75));
        await stage.IdleAsync();
        Assert.Equal(ShownVerdict.Held, stage.Scene.Shown(head));
        Assert.Single(stage.Scene.Comments(number));
        Assert.Contains(stage.Scene.Journal.Entries, entry => entry.Status == 0 && entry.Path.Contains(fault.Path, StringComparison.Ordinal));
    }

    private static Task OnEachAsync(Func<Stage, Task> story) =>
        Task.WhenAll(((string[])["github", "gitlab", "bitbucket-cloud"]).Select(forge => OnAsync(forge, story)));

    private static async Task OnAsync(string forge, Func<Stage, Task> story)
    {
        await using var stage = await Stage.SetAsync(forge);
        await story(stage);
    }
}
