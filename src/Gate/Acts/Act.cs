using GitOpsGate.Access;
using GitOpsGate.Audit;
using MediatR;

namespace GitOpsGate.Acts;

/// <summary>
/// One thing that somebody asks the gate to do. An act states who may ask for it and what the audit log says of it; two
/// behaviours wrap
/// every act, so that nothing changes without a permission and an entry.
/// </summary>
/// <typeparam name="TOutcome">What the act gives when it is done.</typeparam>
public interface IAct<TOutcome> : IRequest<ActAnswer<TOutcome>>
{
    /// <summary>Who asks.</summary>
    Caller Caller { get; }

    /// <summary>The least role that may ask; never <see cref="Role.None"/>.</summary>
    Role Needs { get; }

    /// <summary>
    /// What the log says of the request. The behaviour fills in the actor and the outcome, and writes it before anything
    /// happens.
    /// </summary>
    AuditDraft Entry { get; }
}

/// <summary>What came of an act. Closed.</summary>
public abstract record ActAnswer<TOutcome>
{
    private ActAnswer()
    {
    }

    private protected abstract void Close();

    /// <summary>The caller may not do this; nothing happened.</summary>
    public sealed record Forbidden(string Why) : ActAnswer<TOutcome>
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>What the act is about does not exist; nothing happened.</summary>
    public sealed record Missing(string Why) : ActAnswer<TOutcome>
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>It could not be done, for a reason that the caller can act on.</summary>
    /// <param name="RetryAfter">When asking again may help, or null.</param>
    public sealed record Refused(string Why, TimeSpan? RetryAfter = null) : ActAnswer<TOutcome>
    {
        private protected override void Close()
        {
        }
    }

    /// <summary>It is done.</summary>
    public sealed record Done(TOutcome Outcome) : ActAnswer<TOutcome>
    {
        private protected override void Close()
        {
        }
    }
}
