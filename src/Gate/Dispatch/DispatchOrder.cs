using GitOpsGate.Changes;
using GitOpsGate.Rulings;

namespace GitOpsGate.Dispatch;

/// <summary>What is sent to a target: one exact revision for one environment, once.</summary>
public sealed record DispatchOrder
{
    /// <summary>The idempotency key: derived from environment, target, commit and the push, so the same push never makes two orders.</summary>
    public required string Id { get; init; }

    public required string Environment { get; init; }

    /// <summary>The target's name in <c>gate.yaml</c>.</summary>
    public required string Target { get; init; }

    public required RepositoryKey Repository { get; init; }

    public required string Branch { get; init; }

    public required CommitId Commit { get; init; }

    /// <summary>The Git tree id of <see cref="Path"/> at <see cref="Commit"/>.</summary>
    public required string Tree { get; init; }

    /// <summary>The part of the repository that is deployed; empty for all of it.</summary>
    public string Path { get; init; } = "";

    /// <summary>The ruling that covers the commit.</summary>
    public required RulingId Ruling { get; init; }

    public ChangeKey? Change { get; init; }

    public required DateTimeOffset OrderedAt { get; init; }
}

/// <summary>What came back from a target. Closed; anything that is not certain is unclear.</summary>
public abstract record Receipt
{
    private Receipt()
    {
    }

    private protected abstract void Close();

    /// <summary>The target has it.</summary>
    /// <param name="Reference">The target's own name for what it made, for people.</param>
    public sealed record Accepted(string Reference) : Receipt
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>The target said no and will say no again.</summary>
    public sealed record Refused(string Why) : Receipt
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>Nothing was sent, or the target asked to come back: sending again is safe.</summary>
    public sealed record NotYet(string Why, TimeSpan? RetryAfter) : Receipt
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>It was sent and no certain answer came: it may have happened.</summary>
    public sealed record Unclear(string Why) : Receipt
    {
        private protected override void Close()
        {
        }
    }
}
