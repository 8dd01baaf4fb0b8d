using System.Text.Json;

namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>A forge and a gateway that are connected, with rules on the target branch.</summary>
public sealed class Stage : IAsyncDisposable
{
    private int _proposals;

    private Stage(ForgeScene scene, Gateway gateway) => (Scene, Gateway) = (scene, gateway);

    public ForgeScene Scene { get; }

    public Gateway Gateway { get; }

    /// <summary>Sets it.</summary>
    /// <param name="bundles">Further lines below <c>bundles</c>.</param>
    /// <param name="targets">The targets of the environment <c>prod</c>.</param>
    /// <param name="more">Further lines below <c>targets</c>.</param>
    public static async Task<Stage> SetAsync(
        string forge, string rules = Manifests.Rules, string bundles = "", string targets = "[site]", string more = "")
    {
        var scene = await ForgeScene.StartAsync(forge);
        await scene.PushAsync("alice", "main", (".gitopsgate.yaml", rules), ("site/index.html", Manifests.Page("old")));
        var gateway = await Gateway.StartAsync(scene, targets, more, bundles);
        await gateway.ConnectAsync();
        return new Stage(scene, gateway);
    }

    /// <summary>The branch of the newest proposal.</summary>
    public string Branch => $"sale-{_proposals}";

    /// <summary>Alice pushes a new branch and asks to merge it.</summary>
    public async Task<(long Number, string Head)> ProposeAsync((string Path, string? Text)[] files)
    {
        _proposals++;
        var head = await Scene.PushAsync("alice", Branch, files);
        return (await Scene.OpenAsync("alice", Branch, "Announce the sale"), head);
    }

    /// <summary>A change request and its latest ruling, as the API tells them.</summary>
    public Task<JsonElement> ChangeAsync(long number) =>
        Gateway.GetAsync($"changes/forge/{number}?repository={Uri.EscapeDataString(Scene.FullName)}");

    public Task ShowsAsync(string commit, ShownVerdict verdict, TimeSpan? patience = null) => Eventually.TrueAsync(
        () => Scene.Shown(commit) == verdict
            || (Scene.Forge != "github" && verdict == ShownVerdict.Errored && Scene.Shown(commit) == ShownVerdict.Denied),
        () => $"{Scene.Forge}: the status of {commit[..12]} is {Scene.Shown(commit)}, not {verdict}:\n{Gateway.Printed}",
        patience);

    /// <summary>An admin adopts what went past the gate.</summary>
    public Task AdoptAsync(string tip) => Gateway.PostAsync(
        "branches/adopt",
        new { repository = $"forge:{Scene.FullName}", branch = "main", commit = tip, reason = "it was agreed on by phone" });

    /// <summary>Waits until no delivery and no obligation waits any more.</summary>
    public Task IdleAsync() => Gateway.IdleAsync();

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Scene.DisposeAsync();
    }
}
