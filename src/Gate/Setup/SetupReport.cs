using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Setup;

/// <summary>What is wanted of a repository beyond its webhook.</summary>
public sealed record SetupWish
{
    /// <summary>Whether merges into the guarded branches are to wait for the gate's status.</summary>
    public bool Protects { get; init; }

    /// <summary>Branches to be guarded besides the default one and those that environments are deployed from.</summary>
    public ImmutableArray<string> Branches { get; init; } = [];

    /// <summary>Whether a change request is to be opened that adds a first rule file, if there is none.</summary>
    public bool Proposes { get; init; }

    /// <summary>Whether only to say what would be done.</summary>
    public bool IsDryRun { get; init; }
}

/// <summary>What was done about a webhook, or would be. The zero value says nothing.</summary>
public enum HookStep
{
    Unknown,
    Created,

    /// <summary>It was there; its events, secret and TLS check were written anew.</summary>
    Mended,
    Removed,
    WouldCreate,
    WouldMend,
    WouldRemove,

    /// <summary>There is nothing to do.</summary>
    Nothing,
}

/// <summary>How a branch is guarded after a set-up, or without it.</summary>
/// <param name="IsChanged">Whether the forge was told something, or would be.</param>
/// <param name="By">What on the forge does it; empty when nothing.</param>
public sealed record BranchGuard(
    string Branch, bool IsRequired, bool IsBoundToUs, bool IsWithoutBypass, string By, bool IsChanged);

/// <summary>What setting a repository up, or taking that back, came to.</summary>
public sealed record SetupReport
{
    public required RepositoryKey Repository { get; init; }

    public bool IsDryRun { get; init; }

    public HookStep Hook { get; init; }

    /// <summary>The forge's id of the hook, or empty.</summary>
    public string HookId { get; init; } = "";

    /// <summary>Whether the forge was asked for a test delivery, and agreed.</summary>
    public bool IsTested { get; init; }

    /// <summary>The guarded branches, by name; empty when their protection was not asked for.</summary>
    public ImmutableArray<BranchGuard> Branches { get; init; } = [];

    /// <summary>The page of the change request that adds a rule file, or what would be proposed; empty for none.</summary>
    public string Proposal { get; init; } = "";

    /// <summary>What a person should still do on the forge, in full sentences, each once.</summary>
    public ImmutableArray<string> Advice { get; init; } = [];

    /// <summary>What was asked for and could not be done, each with the forge's reason. The rest stands.</summary>
    public ImmutableArray<string> Troubles { get; init; } = [];
}
