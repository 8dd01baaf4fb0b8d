namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>
/// One stage per forge for the tests of a class, which xUnit runs one after the other. Each test gets it at rest and without faults, and
/// makes its own proposal.
/// </summary>
public sealed class SharedStages : IAsyncDisposable
{
    private readonly Dictionary<string, Stage> _stages = new(StringComparer.Ordinal);

    public async Task<Stage> OfAsync(string forge)
    {
        if (!_stages.TryGetValue(forge, out var stage)) return _stages[forge] = await Stage.SetAsync(forge);
        stage.Scene.Faults.Clear();
        stage.Scene.Post.Repeats = false;
        await stage.IdleAsync();
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stage in _stages.Values) await stage.DisposeAsync();
    }
}
