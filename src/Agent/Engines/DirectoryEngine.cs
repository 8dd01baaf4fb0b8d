using GitOpsGate.Dispatch;
using GitOpsGate.Releases;

namespace GitOpsGate.Agent.Engines;

/// <summary>
/// Serves a folder: the files of the permitted tree become a release beside the others, and the link <c>current</c> is switched to it in one
/// step. Whatever is cut off, either the old or the new release is served whole.
/// </summary>
internal sealed class DirectoryEngine : IEngine
{
    private readonly ReleaseFolder _folder;
    private readonly int _keep;
    private readonly FileStream _held;

    /// <summary>Takes the folder for as long as the engine lives.</summary>
    /// <exception cref="IOException">Another agent has it, or it cannot be used.</exception>
    public DirectoryEngine(string path, int keep)
    {
        _folder = new ReleaseFolder(path);
        _keep = keep;
        _held = _folder.Enter() ?? throw new IOException($"`{path}` is in use by another agent");
    }

    public async Task<string> ApplyAsync(Permission permission, Func<string, CancellationToken, Task> fetch, CancellationToken cancellation)
    {
        if (_folder.ReleaseOf(permission.OrderId) is { } done) return done;
        var release = _folder.NameOf($"{permission.Commit}-{permission.Tree}", permission.OrderId)
            ?? throw new IOException($"the release of `{permission.Commit.Short}` was changed by somebody; remove it");
        if (_folder.Has(release))
        {
            Compare(_folder.FolderOf(release), permission);
        }
        else
        {
            var stage = _folder.Stage();
            await fetch(stage, cancellation);
            Compare(stage, permission);
            _folder.Adopt(stage, release);
        }

        _folder.Switch(permission.OrderId, release);
        _folder.Prune(_keep);
        return release;
    }

    public Observation? Observe(string orderId)
    {
        if (_folder.ReleaseOf(orderId) is not { } release) return null;
        var served = _folder.Served();
        var moved = served == release ? 0 : 1;
        return new Observation(served, moved + _folder.Differences(release).Count);
    }

    public void Dispose() => _held.Dispose();

    // The tree id is derived from the bytes on this disk, so neither the gate nor anybody between can exchange them.
    private static void Compare(string folder, Permission permission)
    {
        var tree = GitTree.IdOf(folder, permission.Tree.Length);
        if (tree != permission.Tree)
            throw new ContentRefusedException(Attack.DigestMismatch, $"the content is the tree `{tree}`; the warrant permits `{permission.Tree}`");
    }
}
