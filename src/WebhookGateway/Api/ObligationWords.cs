using System.Diagnostics;
using GitOpsGate.Obligations;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>How an obligation is named for people.</summary>
public static class ObligationWords
{
    /// <summary><c>status</c>, <c>comment</c>, <c>answer</c>, <c>deployment</c>, <c>attest</c> or <c>dispatch</c>.</summary>
    public static string KindOf(Obligation obligation) => obligation switch
    {
        Obligation.ReportStatus => "status",
        Obligation.Explain => "comment",
        Obligation.Answer => "answer",
        Obligation.AnswerDeployment => "deployment",
        Obligation.Attest => "attest",
        Obligation.Send => "dispatch",
        _ => throw new UnreachableException(),
    };

    /// <summary>What it is about, in one line.</summary>
    public static string WhatOf(Obligation obligation) => obligation switch
    {
        Obligation.ReportStatus status => $"{status.Repository}@{status.Commit.Short}",
        Obligation.Explain comment => comment.Change.ToString(),
        Obligation.Answer answer => $"{answer.Change}, comment {answer.Comment}",
        Obligation.AnswerDeployment { Question: var asked } => $"{asked.Environment}, run {asked.Run}: {asked.Repository}@{asked.Commit.Short}",
        Obligation.Attest { Move: var move } => $"{move.Repository} `{move.Branch}` at {move.Commit.Short}",
        Obligation.Send send => $"{send.Order.Environment} on {send.Order.Target}: {send.Order.Repository}@{send.Order.Commit.Short}",
        _ => throw new UnreachableException(),
    };
}
