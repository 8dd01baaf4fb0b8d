using System.Data.Common;
using GitOpsGate.Audit;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Tests;

/// <summary>What was published, in memory; its database can be away, and can lose its answer after a commit.</summary>
internal sealed class MemoryDesired : IDesiredStore
{
    public List<DesiredState> Published { get; } = [];

    /// <summary>From now on what is published stays published, and its answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    public Task<DesiredState?> NewestAsync(string target, CancellationToken cancellation) =>
        Task.FromResult(Published.Where(state => state.Order.Target == target).MaxBy(state => state.Version));

    public Task<DesiredState?> OfOrderAsync(string target, string orderId, CancellationToken cancellation) =>
        Task.FromResult(Published.Find(state => state.Order.Target == target && state.Order.Id == orderId));

    public Task<bool> PublishAsync(DesiredState state, CancellationToken cancellation)
    {
        Published.Add(state);
        return LosesAnswers ? throw new LostAnswerException() : Task.FromResult(true);
    }

    public Task<bool> ReportAsync(AgentReport report, AuditDraft entry, CancellationToken cancellation) => throw new NotSupportedException();

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => Task.CompletedTask;

    private sealed class LostAnswerException() : DbException("the connection is broken");
}
