using System.Data.Common;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Agent;

/// <summary>
/// Sends nothing: publishes the order as what the target should run, for its agent to fetch. Accepted means published; what became of it
/// is the agent's report.
/// </summary>
internal sealed class AgentTarget(string name, AgentOptions options, TargetTools tools) : ITarget
{
    public string Name => name;

    public async Task<Receipt> SendAsync(DispatchOrder order, Warrant warrant, CancellationToken cancellation)
    {
        try
        {
            if (tools.Find(order.Repository.Connection) is not { } connection)
                return new Receipt.Refused($"connection `{order.Repository.Connection}` is not configured");
            var tree = await tools.Git.TreeAsync(connection, order.Repository, order.Commit, order.Path, cancellation);
            if (tree != order.Tree)
                return new Receipt.Refused($"`{order.Path}` at `{order.Commit.Short}` is the tree `{tree}`; the order is for `{order.Tree}`");
            return await tools.Desired.PublishAsync(order, warrant, options.Lifetime, cancellation) is { } state
                ? Accepted(state)
                : new Receipt.NotYet($"others publish for `{name}` at the same time", TimeSpan.FromSeconds(2));
        }
        catch (GitTroubleException trouble)
        {
            return trouble.IsPermanent ? new Receipt.Refused(trouble.Message) : new Receipt.NotYet(trouble.Message, null);
        }
        catch (DbException trouble)
        {
            return new Receipt.Unclear($"the order may be published: {trouble.Message}");
        }
    }

    public async Task<Receipt?> FindAsync(DispatchOrder order, CancellationToken cancellation)
    {
        try
        {
            return await tools.Desired.FindAsync(order, cancellation) is { } state ? Accepted(state) : null;
        }
        catch (DbException trouble)
        {
            return new Receipt.Unclear(trouble.Message);
        }
    }

    private static Receipt.Accepted Accepted(DesiredState state) => new($"version {state.Published}, which waits for the agent");
}
