using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.Tests;

/// <summary>Builds deliveries and writes readings as one line each, for tables of expected readings.</summary>
public static class Readings
{
    /// <summary>A delivery of connection <c>c</c>.</summary>
    public static Delivery Delivery(
        string forge, string happened, ReadOnlyMemory<byte> body, ImmutableDictionary<string, string>? headers = null) => new()
        {
            Id = new DeliveryId(Guid.Empty),
            Connection = new ConnectionName("c"),
            Forge = forge,
            ForgeId = "1",
            Event = happened,
            Headers = headers ?? ImmutableDictionary<string, string>.Empty,
            Body = body,
            ReceivedAt = default,
        };

    /// <summary>A reading in one line.</summary>
    public static string Line(Reading reading) => reading switch
    {
        Reading.Ignored ignored => $"ignored: {ignored.Why}",
        Reading.Unreadable unreadable => $"unreadable: {unreadable.Why}",
        Reading.Concerns concerns => $"{concerns.Trigger}: {string.Join(" + ", concerns.What.Select(Line))}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Line(Concern concern) => concern switch
    {
        Concern.Change change => $"change {change.Key}",
        Concern.AtCommit at => $"{at.Repository} at {at.Commit.Short} `{at.Context}`",
        Concern.Push push =>
            $"push {push.Repository} `{push.Branch}` {Short(push.Before)}..{Short(push.After)} by {push.Pusher}{(push.IsForced ? " forced" : "")}",
        Concern.Tag tag => $"tag {tag.Repository} `{tag.Name}` {Short(tag.Before)}..{Short(tag.After)}",
        Concern.MergeGroup group => $"merge group {group.Repository} {group.Head.Short} `{group.Branch}` #{group.Number}",
        Concern.Deployment deployment =>
            $"deployment {deployment.Repository} `{deployment.Environment}` {deployment.Commit.Short} <{deployment.CallbackUrl}>",
        Concern.Settings settings => $"settings {settings.Repository} `{settings.What}`",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Short(CommitId commit) => commit.IsNone ? "none" : commit.Short;
}
