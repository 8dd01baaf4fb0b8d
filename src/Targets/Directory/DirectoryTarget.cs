using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using GitOpsGate.Releases;

namespace GitOpsGate.Targets.Directory;

/// <summary>
/// Deploys to a folder on this machine: the files of the approved tree become a release beside the others, and the link <c>current</c> is
/// switched to it in one step. Whatever is cut off, either the old or the new release is served whole.
/// </summary>
internal sealed class DirectoryTarget(string name, DirectoryOptions options, TargetTools tools) : ITarget
{
    private readonly ReleaseFolder _folder = new(options.Path);

    public string Name => name;

    public async Task<Receipt> SendAsync(DispatchOrder order, Warrant warrant, CancellationToken cancellation)
    {
        try
        {
            using var held = _folder.Enter();
            if (held is null) return new Receipt.NotYet($"another order holds `{options.Path}`", TimeSpan.FromSeconds(2));
            if (_folder.ReleaseOf(order.Id) is { } done) return new Receipt.Accepted(done);
            return await DeployAsync(order, cancellation);
        }
        catch (GitTroubleException trouble)
        {
            return trouble.IsPermanent ? new Receipt.Refused(trouble.Message) : new Receipt.NotYet(trouble.Message, null);
        }
        catch (IOException problem)
        {
            return Settled(order, problem.Message);
        }
        catch (UnauthorizedAccessException problem)
        {
            return Settled(order, problem.Message);
        }
    }

    public Task<Receipt?> FindAsync(DispatchOrder order, CancellationToken cancellation) => Task.FromResult(Find(order));

    private async Task<Receipt> DeployAsync(DispatchOrder order, CancellationToken cancellation)
    {
        if (tools.Find(order.Repository.Connection) is not { } connection)
            return new Receipt.Refused($"connection `{order.Repository.Connection}` is not configured");
        var tree = await tools.Git.TreeAsync(connection, order.Repository, order.Commit, order.Path, cancellation);
        if (tree != order.Tree)
            return new Receipt.Refused($"`{order.Path}` at `{order.Commit.Short}` is the tree `{tree}`; the order is for `{order.Tree}`");
        if (_folder.NameOf($"{order.Commit}-{order.Tree}", order.Id) is not { } release)
            return new Receipt.Refused($"the release of `{order.Commit.Short}` was changed by somebody; remove it");
        if (!_folder.Has(release))
        {
            var stage = _folder.Stage();
            await tools.Git.ExportAsync(connection, order.Repository, order.Commit, order.Path, stage, cancellation);
            _folder.Adopt(stage, release);
        }

        _folder.Switch(order.Id, release);
        _folder.Prune(options.Keep);
        return new Receipt.Accepted(release);
    }

    // After trouble with the disk the folder itself tells whether the switch has happened.
    private Receipt Settled(DispatchOrder order, string why) => Find(order) ?? new Receipt.NotYet(why, null);

    private Receipt? Find(DispatchOrder order)
    {
        try
        {
            using var held = _folder.Enter();
            if (held is null) return new Receipt.Unclear($"another order holds `{options.Path}`");
            return _folder.ReleaseOf(order.Id) is { } release ? new Receipt.Accepted(release) : null;
        }
        catch (IOException problem)
        {
            return new Receipt.Unclear(problem.Message);
        }
        catch (UnauthorizedAccessException problem)
        {
            return new Receipt.Unclear(problem.Message);
        }
    }
}
