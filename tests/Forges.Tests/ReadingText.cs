using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Testing;

namespace GitOpsGate.Forges.Tests;

/// <summary>Readings as one line of text, and the committed tables of which fixture is to be read as what.</summary>
internal static class ReadingText
{
    public static readonly ConnectionName Connection = new("here");

    /// <summary>A reading as the tables write it.</summary>
    public static string Of(Reading reading) => reading switch
    {
        Reading.Ignored ignored => $"ignored: {ignored.Why}",
        Reading.Unreadable unreadable => $"unreadable: {unreadable.Why}",
        Reading.Concerns concerns => $"{concerns.Trigger} | {string.Join(" + ", concerns.What.Select(Of))}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static Delivery Delivery(string forge, string name, ReadOnlyMemory<byte> body) => new()
    {
        Id = new DeliveryId(Guid.Empty),
        Connection = Connection,
        Forge = forge,
        ForgeId = "1",
        Event = name,
        Body = body,
        ReceivedAt = DateTimeOffset.UnixEpoch,
    };

    /// <summary>
    /// The rows of <c>Expectations.txt</c> in a forge's folder: a fixture's file, its event, and the reading, divided by three
    /// spaces or more. Lines that begin with a number sign are for people.
    /// </summary>
    public static IEnumerable<(string File, string Event, string Reading)> Rows(string forge) =>
        File.ReadLines(Path.Combine(Folder(forge), "Expectations.txt")).Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split("   ", 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(cells => (cells[0], cells[1], cells[2]));

    /// <summary>
    /// The full path of a fixture: ours (<c>own/…</c>), or one of the reference material; null where that is absent.
    /// </summary>
    public static string? Locate(string forge, string shared, string file) => file.StartsWith("own/", StringComparison.Ordinal)
        ? Path.Combine(Folder(forge), "Fixtures", file[4..])
        : Shared.Locate($"fixtures/{shared}/{file}");

    public static string Folder(string forge) => Path.Combine(Shared.RepositoryRoot, "tests", "Forges.Tests", forge);

    private static string Of(Concern concern) => concern switch
    {
        Concern.Change change => $"change {change.Key.Repository.Path}#{change.Key.Number}{string.Concat(change.Asked.Select(ask => $" asked by {ask.By.Login}"))}",
        Concern.AtCommit at => $"commit {at.Repository.Path}@{at.Commit.Short}{(at.Context.Length > 0 ? $" `{at.Context}`" : "")}",
        Concern.Push push => $"push {push.Repository.Path} {push.Branch} {Span(push.Before, push.After)}{(push.IsForced ? " forced" : "")} by {push.Pusher}",
        Concern.Tag tag => $"tag {tag.Repository.Path} {tag.Name} {Span(tag.Before, tag.After)}",
        Concern.MergeGroup group => $"group {group.Repository.Path} {group.Branch}@{group.Head.Short} #{group.Number}",
        Concern.Deployment deployment => $"deployment {deployment.Repository.Path}@{deployment.Commit.Short} to {deployment.Environment}"
            + (deployment.Gate is { } gate ? $" waits in run {gate.Run}" : ""),
        Concern.Access access => $"access {access.Repository.Path} {(access.IsLost ? "lost" : "back")}",
        Concern.Moved moved => $"moved {moved.Repository.Path} from {moved.From.Path}",
        Concern.Settings settings => $"settings {settings.Repository.Path} {settings.What}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Span(CommitId before, CommitId after) =>
        $"{(before.IsNone ? "none" : before.Short)}..{(after.IsNone ? "none" : after.Short)}";
}
