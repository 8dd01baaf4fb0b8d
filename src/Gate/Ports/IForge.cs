using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Rulings;

namespace GitOpsGate.Ports;

/// <summary>A Git hosting service, seen from the gate. One instance serves all connections; every member may be called concurrently.</summary>
public interface IForge : IForgeDoor, IForgeSurvey, IForgeSetup
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

    /// <summary>
    /// Answers a comment on a change request, once: the reply carries a hidden marker with the comment's id, and where one of the gate's
    /// own does already, no second one is written.
    /// </summary>
    /// <param name="commentId">The comment that is answered; it may be gone.</param>
    /// <returns>The reply's id.</returns>
    /// <exception cref="ForgeTroubleException">Not known to have happened.</exception>
    Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation);
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

    /// <summary>The ruling's id, for forges that keep one beside a report; empty when it is not known.</summary>
    public string Ruling { get; init; } = "";

    /// <summary>The whole explanation in Markdown, for forges that show one beside the status; empty for none.</summary>
    public string Details { get; init; } = "";

    /// <summary>What is to be shown at lines of changed files, the most important first.</summary>
    public ImmutableArray<LineNote> Notes { get; init; } = [];
}

/// <summary>One reason, at its place in a changed file.</summary>
/// <param name="Rule">The rule that gave it, for instance <c>policy/kubernetes.deny</c>.</param>
public sealed record LineNote(Place Place, NoteLevel Level, string Rule, string Message);

/// <summary>How much a note weighs. The zero value is the heaviest.</summary>
public enum NoteLevel
{
    /// <summary>The merge waits for it.</summary>
    Failure,

    /// <summary>It should be looked at.</summary>
    Warning,
    Notice,
}

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
