using GitOpsGate.Attestations;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Dispatch;
using GitOpsGate.Rulings;

namespace GitOpsGate.Obligations;

/// <summary>
/// An act that the gate owes because of a ruling. It is written in the ruling's own transaction and discharged afterwards; its
/// <see cref="Key"/> makes a repeat harmless. Closed.
/// </summary>
public abstract record Obligation
{
    private Obligation()
    {
    }

    /// <summary>What must not happen twice: equal keys are one obligation.</summary>
    public abstract string Key { get; }

    /// <summary>Obligations with the same lane are discharged one after the other, oldest first; a newer status replaces an older.</summary>
    public abstract string Lane { get; }

    private protected abstract void Close();

    /// <summary>Show a verdict on a commit of the forge.</summary>
    /// <param name="Branch">The source branch: Bitbucket ties a build status to a change request by it, GitLab a pipeline.</param>
    /// <param name="Context">The status' name, for instance <c>gitops-gate</c>.</param>
    public sealed record ReportStatus(
        RulingId Ruling, RepositoryKey Repository, CommitId Commit, string Branch, string Context, Verdict Verdict, string Summary,
        string Url) : Obligation
    {
        public override string Key => $"status:{Ruling}:{Commit}";

        public override string Lane => $"status:{Repository}:{Commit}";

        private protected override void Close()
        {
        }
    }

    /// <summary>Write, or update in place, the gate's one comment on a change request.</summary>
    /// <param name="Markdown">The whole text; the forge adds its hidden marker.</param>
    public sealed record Explain(RulingId Ruling, ChangeKey Change, string Markdown) : Obligation
    {
        public override string Key => $"comment:{Ruling}";

        public override string Lane => $"comment:{Change}";

        private protected override void Close()
        {
        }
    }

    /// <summary>Answer a comment with a command; every comment is answered once, whatever is judged later.</summary>
    /// <param name="Comment">The forge's id of the comment.</param>
    /// <param name="Markdown">The whole text; the forge adds its hidden marker.</param>
    public sealed record Answer(RulingId Ruling, ChangeKey Change, string Comment, string Markdown) : Obligation
    {
        public override string Key => $"answer:{Change}:{Comment}";

        public override string Lane => Key;

        private protected override void Close()
        {
        }
    }

    /// <summary>
    /// Answer a deployment that the forge holds, once; or, while the question waits on, say why.
    /// </summary>
    /// <param name="Question">As it stands with this answer.</param>
    /// <param name="Ruling">The ruling behind the answer, or null when it rests on none or on several.</param>
    /// <param name="Comment">The reason in Markdown.</param>
    public sealed record AnswerDeployment(DeploymentQuestion Question, RulingId? Ruling, string Comment) : Obligation
    {
        public override string Key => Question.IsApproved is null ? $"{Question.Key}:report:{Question.Reports}" : Question.Key;

        public override string Lane => Question.Key;

        private protected override void Close()
        {
        }
    }

    /// <summary>
    /// Sign what can be said of a move of a guarded branch. Nothing leaves the gate: what is signed and the entries that name it are kept in one
    /// transaction, once for each <see cref="AttestedMove.Key"/>.
    /// </summary>
    public sealed record Attest(AttestedMove Move) : Obligation
    {
        public override string Key => Move.Key;

        public override string Lane => Move.Key;

        private protected override void Close()
        {
        }
    }

    /// <summary>Send one order to one target.</summary>
    public sealed record Send(DispatchOrder Order) : Obligation
    {
        public override string Key => KeyOf(Order.Id);

        public override string Lane => $"dispatch:{Order.Environment}:{Order.Target}";

        /// <summary>The key of the obligation to send an order.</summary>
        public static string KeyOf(string orderId) => $"dispatch:{orderId}";

        private protected override void Close()
        {
        }
    }
}

/// <summary>Where an obligation stands. The zero value is the one that will be tried.</summary>
public enum ObligationState
{
    Waiting,

    /// <summary>A worker holds it until its lease ends.</summary>
    Claimed,

    /// <summary>It was sent and no answer came: find out before sending again.</summary>
    Unclear,
    Discharged,

    /// <summary>A newer obligation of its lane made it pointless.</summary>
    Superseded,

    /// <summary>Given up; a person may try it again.</summary>
    Dead,
}
