namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>A forge and a gateway that are connected, with rules on the target branch.</summary>
public sealed class Stage : IAsyncDisposable
{
    private Stage(ForgeScene scene, Gateway gateway) => (Scene, Gateway) = (scene, gateway);

    public ForgeScene Scene { get; }

    public Gateway Gateway { get; }

    /// <summary>Sets it.</summary>
    /// <param name="bundles">Further lines below <c>bundles</c>.</param>
    public static async Task<Stage> SetAsync(string forge, string rules = Manifests.Rules, string bundles = "")
    {
        var scene = await ForgeScene.StartAsync(forge);
        await scene.PushAsync("alice", "main", (".gitopsgate.yaml", rules), ("site/index.html", Manifests.Page("old")));
        var gateway = await Gateway.StartAsync(scene, bundles: bundles);
        await gateway.ConnectAsync();
        return new Stage(scene, gateway);
    }

    /// <summary>Alice pushes a branch <c>sale</c> and asks to merge it.</summary>
    public async Task<(long Number, string Head)> ProposeAsync((string Path, string? Text)[] files)
    {
        var head = await Scene.PushAsync("alice", "sale", files);
        return (await Scene.OpenAsync("alice", "sale", "Announce the sale"), head);
    }

    public Task ShowsAsync(string commit, ShownVerdict verdict) => Eventually.TrueAsync(
        () => Scene.Shown(commit) == verdict || (Scene.Forge != "github" && verdict == ShownVerdict.Errored && Scene.Shown(commit) == ShownVerdict.Denied),
        () => $"the status of {commit[..12]} is {Scene.Shown(commit)}, not {verdict}:\n{Gateway.Printed}");

    /// <summary>Waits until no delivery and no obligation waits any more.</summary>
    public Task IdleAsync() => Eventually.TrueAsync(
        async () =>
        {
            var status = await Gateway.GetAsync("status");
            return Open(status, "deliveries", "waiting", "inHand") + Open(status, "obligations", "waiting", "claimed", "unclear") == 0;
        },
        () => $"the gate did not come to rest:\n{Gateway.Printed}");

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Scene.DisposeAsync();
    }

    internal static long Open(System.Text.Json.JsonElement status, string what, params string[] states) => states.Sum(
        state => status.GetProperty(what).TryGetProperty(state, out var count) ? count.GetInt64() : 0);
}
