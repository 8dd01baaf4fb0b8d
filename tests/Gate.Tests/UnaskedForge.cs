using System.Collections.Immutable;
using System.Diagnostics;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Gate.Tests;

/// <summary>What a double of a forge is not asked for: the survey and the set-up. Whoever is asked for a part overrides it.</summary>
internal abstract class UnaskedForge
{
    public virtual Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(Connection connection, string owner, CancellationToken cancellation) =>
        throw Unasked();

    public virtual Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) => throw Unasked();

    public virtual Task<CommitId> TipAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        throw Unasked();

    public virtual Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) => throw Unasked();

    public virtual Task<HookHealth> HookHealthAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) => throw Unasked();

    public virtual Task<int> RemoveHooksAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) => throw Unasked();

    public virtual Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation) => throw Unasked();

    public virtual Task RedeliverAsync(
        Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation) => throw Unasked();

    public virtual Task<Protection> ProtectionAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) => throw Unasked();

    public virtual Task<Protection> ProtectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) => throw Unasked();

    public virtual Task UnprotectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        throw Unasked();

    public virtual Task<string> ProposeFileAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation) => throw Unasked();

    public virtual Task<ForgeStanding> StandingAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        throw Unasked();

    private static UnreachableException Unasked() => new("this double is not asked for that");
}
