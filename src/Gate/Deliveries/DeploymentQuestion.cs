using GitOpsGate.Approvals;
using GitOpsGate.Changes;

namespace GitOpsGate.Deliveries;

/// <summary>A deployment that a forge holds until the gate has answered, and what it was told so far.</summary>
public sealed record DeploymentQuestion
{
    public required RepositoryKey Repository { get; init; }

    /// <summary>Where it goes, as the forge named it.</summary>
    public required string Environment { get; init; }

    public required CommitId Commit { get; init; }

    /// <summary>See <see cref="DeploymentGate.Run"/>.</summary>
    public required long Run { get; init; }

    /// <summary>See <see cref="DeploymentGate.Deployment"/>.</summary>
    public long Deployment { get; init; }

    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>The change request whose next ruling may answer it, or whose ruling did; null while it was not judged, and for none.</summary>
    public ChangeKey? Change { get; init; }

    /// <summary>How often it was told that it waits on.</summary>
    public int Reports { get; init; }

    /// <summary>Why it waits, as it was told last; empty for nothing yet.</summary>
    public string Told { get; init; } = "";

    /// <summary>The answer, which is given once, or null while it waits.</summary>
    public bool? IsApproved { get; init; }

    /// <summary>What makes it another question: the same run may come to the same environment again when people run it again.</summary>
    public string Key
    {
        get
        {
            var key = $"deployment:{Repository}:{Run}:{Environment}";
            return Deployment > 0 ? $"{key}:{Deployment}" : key;
        }
    }

    /// <summary>How the audit log names where it goes.</summary>
    public string Subject => $"{Repository}:{Words.Plain(Environment)}";

    public static DeploymentQuestion Of(RepositoryKey repository, DeploymentGate gate, DateTimeOffset askedAt) => new()
    {
        Repository = repository,
        Environment = gate.Environment,
        Commit = gate.Commit,
        Run = gate.Run,
        Deployment = gate.Deployment,
        AskedAt = askedAt,
    };
}
