using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Rulings;

namespace GitOpsGate.Ports;

/// <summary>A Git hosting service, seen from the gate. One instance serves all connections; every member may be called concurrently.</summary>
public interface IForge : IForgeDoor
{
    /// <summary>Asks for everything about a change request that Git does not know. Null when the forge says that there is none.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer; trying later may help.</exception>
    Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation);

    /// <summary>
    /// The same, and a forge may ask for what belongs to <paramref name="likelyHead"/> before it knows that this is the head; what it
    /// gives is always of the head that it names.
    /// </summary>
    /// <param name="likelyHead">A guess at the head, or none.</param>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer; trying later may help.</exception>
    Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CommitId likelyHead, CancellationToken cancellation) =>
        DescribeAsync(connection, change, cancellation);

    /// <summary>Says who of these people belongs to which of these teams; what cannot be told is a gap, not an exception.</summary>
    /// <exception cref="ForgeTroubleException">The forge failed or did not answer.</exception>
    Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people,
        CancellationToken cancellation);

    /// <summary>The change requests, open or merged, that the forge ties to a commit; empty when it knows none.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation);

    /// <summary>Shows a verdict on a commit. Reporting the same again changes nothing.</summary>
    /// <exception cref="ForgeTroubleException">Not known to have happened.</exception>
    Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation);

    /// <summary>
    /// Writes the gate's one comment on a change request, or updates it in place. Finds its own earlier comment by a hidden marker when
    /// <paramref name="knownId"/> is null or gone.
    /// </summary>
    /// <returns>The comment's id, to be given next time.</returns>
    /// <exception cref="ForgeTroubleException">Not known to have happened.</exception>
    Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation);

    /// <summary>Registers the webhook on a repository: creates it, or repairs the one with our address. Never makes a second one.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation);
}

/// <summary>What a forge says of a change request.</summary>
public sealed record ForgeFacts(
    ChangeRequest Change, ImmutableArray<Review> Reviews, ImmutableArray<Comment> Comments, ImmutableArray<StatusCheck> Statuses);

/// <summary>Who belongs where.</summary>
public sealed record TeamFacts(ImmutableArray<Membership> Memberships, ImmutableArray<Gap> Gaps);

/// <summary>A status to be shown.</summary>
/// <param name="Branch">The source branch.</param>
/// <param name="Url">The ruling's page.</param>
public sealed record StatusReport(
    RepositoryKey Repository, CommitId Commit, string Branch, string Context, Verdict Verdict, string Summary, string Url)
{
    /// <summary>Whether it is certain that this report was never sent: then nobody needs to look whether it is there.</summary>
    public bool IsNew { get; init; }
}

/// <summary>What registering a hook did.</summary>
/// <param name="Id">The forge's id of the hook.</param>
/// <param name="Created">False when an existing hook was repaired or was already right.</param>
/// <param name="Tested">Whether the forge was asked for a ping or test delivery, and agreed.</param>
/// <param name="Advice">What a person should still do on the forge, in full sentences; empty when nothing.</param>
public sealed record HookRegistration(string Id, bool Created, bool Tested, ImmutableArray<string> Advice);

/// <summary>Trouble with a forge: try again later, at the earliest after <see cref="RetryAfter"/>.</summary>
public sealed class ForgeTroubleException : Exception
{
    public ForgeTroubleException(string message, TroubleKind kind, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        RetryAfter = retryAfter;
    }

    public TroubleKind Kind { get; }

    public TimeSpan? RetryAfter { get; }
}

/// <summary>What kind of trouble. The zero value is the most careful reading: it may have happened.</summary>
public enum TroubleKind
{
    /// <summary>A call that changes something was sent and no certain answer came.</summary>
    Unclear,

    /// <summary>The forge could not be reached, failed (5xx) or asked to wait (429); nothing was changed.</summary>
    Unavailable,

    /// <summary>The credentials are wrong or lack a right (401, 403).</summary>
    Forbidden,

    /// <summary>The thing is not there, or hidden from us (404).</summary>
    Missing,

    /// <summary>The forge understood and refused (other 4xx).</summary>
    Refused,
}
