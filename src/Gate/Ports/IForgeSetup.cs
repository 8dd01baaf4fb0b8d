using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;

namespace GitOpsGate.Ports;

/// <summary>
/// What makes the block real on a forge: the webhook, and the rule that a merge needs the gate's status. Whatever changes something may be
/// repeated after any failure without harm. Every member may be called concurrently.
/// </summary>
public interface IForgeSetup
{
    /// <summary>Registers the webhook on a repository: creates it, or repairs the one with our address. Never makes a second one.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation);

    /// <summary>How the webhook with our address stands. Only reads.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<HookHealth> HookHealthAsync(Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation);

    /// <summary>Takes every webhook with our address away; how many there were.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<int> RemoveHooksAsync(Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation);

    /// <summary>
    /// The deliveries to our webhook that the forge says failed, oldest first, at most 1,000; empty where the forge keeps no list of them.
    /// Only reads.
    /// </summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation);

    /// <summary>Has the forge send a missed delivery again. It arrives at the door as any other, under the same delivery id.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task RedeliverAsync(Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation);

    /// <summary>Whether a merge into a branch waits for the gate's status, and what could get round it. Only reads.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<Protection> ProtectionAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation);

    /// <summary>
    /// Has merges into a branch wait for the gate's status, as strictly as the forge's edition and our rights allow; gives how it stands
    /// afterwards, and in <see cref="Protection.Advice"/> what it could not do. Weakens nothing that was there.
    /// </summary>
    /// <exception cref="ForgeTroubleException">The forge failed or did not answer. A right that we lack is advice.</exception>
    Task<Protection> ProtectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation);

    /// <summary>
    /// Undoes what <see cref="ProtectAsync"/> did for the gate's status and nothing else: a merge no longer waits for it. Harmless when there
    /// is nothing to undo.
    /// </summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task UnprotectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation);

    /// <summary>Opens a change request that adds one file, or finds the open one from the same branch; the page's address.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<string> ProposeFileAsync(Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation);

    /// <summary>Who we are to the forge, what it runs, and which rights we lack in a repository. Only reads.</summary>
    /// <exception cref="ForgeTroubleException">The forge failed or did not answer; <see cref="TroubleKind.Forbidden"/> when it does not know
    /// the credentials.</exception>
    Task<ForgeStanding> StandingAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation);
}

/// <summary>What registering a hook did.</summary>
/// <param name="Id">The forge's id of the hook.</param>
/// <param name="Created">False when an existing hook was repaired or was already right.</param>
/// <param name="Tested">Whether the forge was asked for a ping or test delivery, and agreed.</param>
/// <param name="Advice">What a person should still do on the forge, in full sentences; empty when nothing.</param>
public sealed record HookRegistration(string Id, bool Created, bool Tested, ImmutableArray<string> Advice);

/// <summary>How a webhook stands.</summary>
/// <param name="Id">The forge's id of the hook, or null when there is none with our address.</param>
/// <param name="IsActive">Whether the forge sends to it at this moment.</param>
/// <param name="DisabledUntil">Until when the forge itself has switched it off, when it says so.</param>
/// <param name="Problems">
/// What is wrong with it and registering would repair, lower case: events that are missing, TLS that is not checked, a second hook with the
/// same address. Empty when all is well.
/// </param>
public sealed record HookHealth(string? Id, bool IsActive, DateTimeOffset? DisabledUntil, ImmutableArray<string> Problems)
{
    /// <summary>There is no hook with our address.</summary>
    public static HookHealth None { get; } = new(null, false, null, ["there is no webhook with the gate's address"]);

    public bool IsWell => Id is not null && IsActive && Problems.IsEmpty;
}

/// <summary>A delivery that did not arrive.</summary>
/// <param name="HookId">The hook that it belongs to.</param>
/// <param name="Handle">What the forge calls this try, to ask for another.</param>
/// <param name="ForgeId">The delivery's own id, as the door would see it; empty when the list does not say.</param>
/// <param name="Why">What went wrong, in the forge's words, on one line.</param>
public sealed record MissedDelivery(string HookId, string Handle, string ForgeId, string Event, DateTimeOffset At, string Why);

/// <summary>How well the gate's status guards a branch. The zero values are the weak ones.</summary>
/// <param name="IsRequired">Whether a merge waits for the status.</param>
/// <param name="IsBoundToUs">Whether nobody but the gate's own account can post it in a way that counts.</param>
/// <param name="IsWithoutBypass">Whether nobody may merge past it, administrators included, as far as the forge says.</param>
/// <param name="By">What on the forge does it, for people: <c>ruleset `gitops-gate`</c>; empty when nothing.</param>
/// <param name="Advice">What a person should still do on the forge, in full sentences; empty when nothing.</param>
public sealed record Protection(bool IsRequired, bool IsBoundToUs, bool IsWithoutBypass, string By, ImmutableArray<string> Advice);

/// <summary>A file to be added by a change request.</summary>
/// <param name="Onto">The branch to merge into.</param>
/// <param name="Branch">The branch to make for it.</param>
/// <param name="Content">The file's text.</param>
public sealed record FileProposal(string Onto, string Branch, string Path, string Content, string Title, string Body);

/// <summary>Who we are to a forge.</summary>
/// <param name="Account">Our account's login, or the app's name.</param>
/// <param name="Product">What runs there, with its version where it says so: <c>GitLab 19.2.0-ee</c>.</param>
/// <param name="DefaultBranch">The repository's default branch.</param>
/// <param name="MissingRights">Each right that we lack and what will not work without it, lower case; empty when none is known to lack.</param>
public sealed record ForgeStanding(string Account, string Product, string DefaultBranch, ImmutableArray<string> MissingRights);
