using System.Globalization;
using System.Text;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Anchors;

/// <summary>What came of a turn.</summary>
/// <param name="Made">The newest anchor; null as long as the log has no entry.</param>
/// <param name="Warning">What is not right though it was anchored, or null.</param>
public sealed record Anchored(Anchor? Made, string? Warning = null);

/// <summary>Has the log's head anchored. One turn at a time.</summary>
public interface IAnchoring
{
    AnchorKind Kind { get; }

    /// <summary>From one turn to the next.</summary>
    TimeSpan Every { get; }

    /// <summary>Anchors the head now. May be called again after anything.</summary>
    /// <exception cref="LogRolledBackException">What was anchored before is not the log's beginning; nothing was anchored.</exception>
    /// <exception cref="GitTroubleException">The repository failed.</exception>
    /// <exception cref="IOException">The authority failed.</exception>
    /// <exception cref="FormatException">What the authority answered is no stamp of this checkpoint.</exception>
    Task<Anchored> TurnAsync(CancellationToken cancellation);
}

/// <summary>What anchors are made of.</summary>
public sealed record AnchorRooms(CheckpointDesk Desk, IAnchorStore Store, TimeProvider Clock);

/// <summary>
/// Commits the head to the anchor's repository, on top of whatever stands there. Before, the log is held against what the repository has; after a push
/// without a clear answer, the repository is read again to see whether it happened.
/// </summary>
public sealed class GitAnchoring(IGitAnchor anchor, GitHistory history, AnchorRooms rooms, TimeSpan every) : IAnchoring
{
    /// <summary>How long the repository has to be read.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // So often may others push in between in one turn.
    private const int MostTries = 5;

    public AnchorKind Kind => AnchorKind.Git;

    public TimeSpan Every => every;

    public async Task<Anchored> TurnAsync(CancellationToken cancellation)
    {
        if (await rooms.Desk.CurrentAsync(cancellation) is not { } note) return new Anchored(null);
        var checkpoint = Checkpoint.Parse(note.Text);
        var held = await history.CheckAsync(Patience, cancellation);
        var warning = await MissingAsync(held, checkpoint.Origin, cancellation);
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (held.Newest is { } newest && newest.Size >= checkpoint.Size) return new Anchored(await KeepAsync(newest, held.Note, held.Tip.Commit!, cancellation), warning);
            var (commit, trouble) = await PushAsync(held.Tip, checkpoint, note, cancellation);
            if (commit is not null) return new Anchored(await KeepAsync(checkpoint, note.ToString(), commit, cancellation), warning);
            held = await history.CheckAsync(Patience, cancellation);
            if (trouble is not null && !(held.Newest?.Size >= checkpoint.Size)) throw trouble;
        }

        throw new GitTroubleException($"`{anchor.Where}`: others pushed {MostTries} times while a checkpoint was pushed; it is tried again", isPermanent: false);
    }

    private async Task<(string? Commit, GitTroubleException? Trouble)> PushAsync(
        AnchoredTip tip, Checkpoint checkpoint, SignedNote note, CancellationToken cancellation)
    {
        var now = rooms.Clock.GetUtcNow();
        var message = string.Create(
            CultureInfo.InvariantCulture, $"Checkpoint of {checkpoint.Size} entries\n\nLog: {checkpoint.Origin}\nRoot: {Convert.ToBase64String(checkpoint.Root.Span)}");
        try
        {
            return (await anchor.AddAsync(tip, new AnchorFileDraft(GitHistory.PathOf(checkpoint, now), note.ToString(), message, now), cancellation), null);
        }
        catch (GitTroubleException trouble)
        {
            return (null, trouble);
        }
    }

    private async Task<Anchor> KeepAsync(Checkpoint checkpoint, string note, string commit, CancellationToken cancellation)
    {
        var last = await rooms.Store.LastAsync(AnchorKind.Git, cancellation);
        if (last?.Note == note) return last;
        var made = new Anchor(checkpoint.Size, AnchorKind.Git, rooms.Clock.GetUtcNow(), commit, note, null);
        await rooms.Store.AddAsync(made, cancellation);
        return made;
    }

    // A repository that forgets is its owner's affair, but somebody should know.
    private async Task<string?> MissingAsync(HeldCheckpoint held, string origin, CancellationToken cancellation)
    {
        if (await rooms.Store.LastAsync(AnchorKind.Git, cancellation) is not { } last || held.Newest?.Size >= last.Size) return null;
        if (Checkpoint.Parse(SignedNote.Parse(last.Note).Text).Origin != origin) return null;
        return string.Create(
            CultureInfo.InvariantCulture, $"`{anchor.Where}` no longer holds the checkpoint of {last.Size} entries that was committed as {last.Reference}: its history was rewritten");
    }
}

/// <summary>Has the head stamped. After an answer that was lost, another stamp is asked for: that is harmless.</summary>
/// <param name="trust">A PEM file of the roots that stamps must lead to; read each time, so that a new one counts at once.</param>
public sealed class Stamping(ITimestampAuthority authority, string trust, AnchorRooms rooms, TimeSpan every) : IAnchoring
{
    public AnchorKind Kind => AnchorKind.Timestamp;

    public TimeSpan Every => every;

    public async Task<Anchored> TurnAsync(CancellationToken cancellation)
    {
        if (await rooms.Desk.CurrentAsync(cancellation) is not { } head) return new Anchored(null);
        var (note, size) = (head.ToString(), Checkpoint.Parse(head.Text).Size);
        var last = await rooms.Store.LastAsync(AnchorKind.Timestamp, cancellation);
        if (last?.Note == note) return new Anchored(last);
        var roots = TimeStamp.Roots(await File.ReadAllTextAsync(trust, cancellation));
        var request = new TimeStampRequest(Encoding.UTF8.GetBytes(note));
        var answer = await authority.AskAsync(request.ToBytes(), cancellation);
        if (answer.Trouble is { } trouble) throw new IOException(trouble);
        var (stamp, token) = request.Accept(answer.Response, roots);
        var made = new Anchor(size, AnchorKind.Timestamp, stamp.At, stamp.Serial, note, token);
        await rooms.Store.AddAsync(made, cancellation);
        return new Anchored(made);
    }
}
