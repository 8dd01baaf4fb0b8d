using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Deliveries;

/// <summary>Which kinds of fact a delivery may have changed.</summary>
[Flags]
public enum Trigger
{
    None = 0,

    /// <summary>A change request was opened, reopened, edited, retargeted, made ready or a draft.</summary>
    Change = 1,

    /// <summary>The head of a change request moved.</summary>
    Commit = 2,
    Review = 4,
    Comment = 8,
    Label = 16,

    /// <summary>A status or check was posted.</summary>
    Status = 32,

    /// <summary>A pipeline, workflow or job moved.</summary>
    Pipeline = 64,

    /// <summary>A change request was closed or merged.</summary>
    Closed = 128,

    /// <summary>Branches or tags moved.</summary>
    Push = 256,
    Tag = 512,
    MergeQueue = 1024,
    Deployment = 2048,

    /// <summary>Members, teams, protection rules, hooks or the repository itself changed.</summary>
    Settings = 4096,
    Ping = 8192,
}

/// <summary>What a reader made of a delivery. Closed: it concerns something, or it is ignored for a stated reason.</summary>
public abstract record Reading
{
    private Reading()
    {
    }

    private protected abstract void Close();

    /// <summary>Nothing here can change a ruling.</summary>
    /// <param name="Why">The reason, lower case, as people read it beside the delivery.</param>
    public sealed record Ignored(string Why) : Reading
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>The delivery concerns these things, in the order in which it named them; never empty.</summary>
    public sealed record Concerns(ImmutableArray<Concern> What, Trigger Trigger) : Reading
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>The body cannot be read: not JSON, duplicate keys, or without the fields that the event must carry.</summary>
    /// <param name="Why">What is wrong and what would be right.</param>
    public sealed record Unreadable(string Why) : Reading
    {
        private protected override void Close()
        {
        }
    }
}

/// <summary>One thing that a delivery concerns.</summary>
public abstract record Concern
{
    private Concern()
    {
    }

    public abstract RepositoryKey Repository { get; }

    private protected abstract void Close();

    /// <summary>
    /// A change request; everything else about it is asked from the forge. Two concerns about the same one are equal, whatever their
    /// deliveries showed of it.
    /// </summary>
    public sealed record Change(ChangeKey Key) : Concern
    {
        public override RepositoryKey Repository => Key.Repository;

        /// <summary>Who asked for an override by a button of the forge; each is answered, and nothing is overridden by it.</summary>
        public ImmutableArray<OverrideAsk> Asked { get; init; } = [];

        /// <summary>
        /// The change request as the delivery showed it, or null. It only says what to ask for early: it may be old by now, and nothing
        /// is ever judged by it.
        /// </summary>
        public ChangeRequest? Shown { get; init; }

        public bool Equals(Change? other) => other is not null && Key == other.Key;

        public override int GetHashCode() => Key.GetHashCode();

        private protected override void Close()
        {
        }
    }

    /// <summary>A commit whose statuses moved; the change requests at this head are meant.</summary>
    /// <param name="Context">
    /// The name of the status or check that moved; empty when it is not said. For the gate's own, nothing is judged anew, or its own report
    /// would call for the next one, unless <see cref="Shown"/> tells that somebody else wrote it.
    /// </param>
    public sealed record AtCommit(RepositoryKey Repository, CommitId Commit, string Context = "") : Concern
    {
        public override RepositoryKey Repository { get; } = Repository;

        /// <summary>What the status said, where the delivery tells it.</summary>
        public ShownStatus? Shown { get; init; }

        /// <summary>Who asked for an override by a button at this commit, or null.</summary>
        public OverrideAsk? Asked { get; init; }

        private protected override void Close()
        {
        }
    }

    /// <summary>A branch moved, appeared (<paramref name="Before"/> is none) or vanished (<paramref name="After"/> is none).</summary>
    /// <param name="Branch">Without <c>refs/heads/</c>.</param>
    public sealed record Push(RepositoryKey Repository, string Branch, CommitId Before, CommitId After, bool IsForced, string Pusher)
        : Concern
    {
        public override RepositoryKey Repository { get; } = Repository;

        private protected override void Close()
        {
        }
    }

    /// <summary>A tag moved, appeared or vanished.</summary>
    public sealed record Tag(RepositoryKey Repository, string Name, CommitId Before, CommitId After) : Concern
    {
        public override RepositoryKey Repository { get; } = Repository;

        private protected override void Close()
        {
        }
    }

    /// <summary>A merge queue asks about a group of change requests at one temporary commit (GitHub <c>merge_group</c>).</summary>
    /// <param name="Number">The change request that the group's branch names, or 0 when it names none.</param>
    public sealed record MergeGroup(RepositoryKey Repository, CommitId Head, string Branch, long Number) : Concern
    {
        public override RepositoryKey Repository { get; } = Repository;

        private protected override void Close()
        {
        }
    }

    /// <summary>A forge asks whether, or says that, a commit is deployed to one of its environments.</summary>
    public sealed record Deployment(RepositoryKey Repository, string Environment, CommitId Commit) : Concern
    {
        public override RepositoryKey Repository { get; } = Repository;

        /// <summary>The question that the deployment waits for an answer to, or null when it waits for none of ours.</summary>
        public DeploymentGate? Gate { get; init; }

        private protected override void Close()
        {
        }
    }

    /// <summary>
    /// The gate's own access to a repository ends or comes back; or to all of an owner, whose name then stands for the path.
    /// </summary>
    /// <param name="Why">What happened, in a sentence without a full stop.</param>
    public sealed record Access(RepositoryKey Repository, bool IsLost, string Why) : Concern
    {
        public override RepositoryKey Repository { get; } = Repository;

        private protected override void Close()
        {
        }
    }

    /// <summary>The repository had another path before.</summary>
    /// <param name="Repository">As it is named now.</param>
    public sealed record Moved(RepositoryKey Repository, RepositoryKey From) : Concern
    {
        public override RepositoryKey Repository { get; } = Repository;

        private protected override void Close()
        {
        }
    }

    /// <summary>The repository's own settings, members or hooks changed, or its hook was tried out (ping).</summary>
    public sealed record Settings(RepositoryKey Repository, string What) : Concern
    {
        public override RepositoryKey Repository { get; } = Repository;

        private protected override void Close()
        {
        }
    }
}

/// <summary>A deployment that waits for the gate's answer.</summary>
/// <param name="Environment">The forge's name for where it goes.</param>
/// <param name="Run">
/// The forge's number of the pipeline run that waits. The address of an answer is made from it and from the connection, never taken from a
/// delivery.
/// </param>
public sealed record DeploymentGate(string Environment, CommitId Commit, long Run)
{
    /// <summary>
    /// The forge's number of the deployment, or 0 when a run asks for an environment once only. A run that is run again has another one.
    /// </summary>
    public long Deployment { get; init; }
}

/// <summary>What a delivery says of a status.</summary>
/// <param name="Url">Where it leads; null where deliveries of this kind do not tell.</param>
public sealed record ShownStatus(CheckState State, string? Url);

/// <summary>Somebody pressed the button that asks for an override.</summary>
public sealed record OverrideAsk(Person By, DateTimeOffset At);
