using System.Collections.Immutable;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Audit.Witnesses;

/// <summary>Rounds in which witnesses are asked at once, all about the same checkpoint, so that a quorum meets on one size.</summary>
internal sealed class WitnessRounds(
    WitnessFeed feed, WitnessedHead witnessed, WitnessBoard board, WitnessSettings settings, IEnumerable<IWitnessLink> links)
{
    private readonly ImmutableArray<IWitnessLink> _links = [.. links];

    /// <summary>The names of all witnesses, in the order of the configuration.</summary>
    public IEnumerable<string> Names => settings.Sources.Select(source => source.Name);

    /// <summary>Asks witnesses to cosign the head.</summary>
    /// <param name="names">Which of them.</param>
    /// <param name="patience">How long each has for an answer.</param>
    /// <returns>What came of it, by name; nothing as long as the log has no entry.</returns>
    public async Task<ImmutableSortedDictionary<string, WitnessReply>> AskAsync(
        IReadOnlySet<string> names, TimeSpan patience, CancellationToken cancellation)
    {
        if (await feed.HeadAsync(cancellation) is not { } head) return ImmutableSortedDictionary<string, WitnessReply>.Empty;
        var size = Checkpoint.Parse(head.Text).Size;
        board.Grew(size);
        var replies = await Task.WhenAll(_links.Where(link => names.Contains(link.Source.Name)).Select(async link =>
        {
            var reply = await feed.AskAsync(link, head, Math.Min(size, board[link.Source.Name].Size ?? 0), patience, cancellation);
            return KeyValuePair.Create(link.Source.Name, reply);
        }));
        board.Reached(await witnessed.SizeAsync(cancellation));
        return replies.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>
    /// Before the gateway takes anything in: asks all witnesses whether the log still is what they have cosigned. Without witnesses, or before the
    /// log's first entry, nobody is asked.
    /// </summary>
    /// <param name="unsure">Is told of each witness that does not confirm it: its name and why.</param>
    /// <exception cref="LogRolledBackException">A witness has cosigned what the log does not hold.</exception>
    /// <exception cref="IOException">A quorum is asked for, and does not confirm it.</exception>
    public async Task CheckAsync(TimeSpan patience, Action<string, string>? unsure, CancellationToken cancellation)
    {
        if (settings.Sources.IsEmpty) return;
        var replies = await AskAsync(Names.ToHashSet(StringComparer.Ordinal), patience, cancellation);
        foreach (var (name, reply) in replies)
        {
            board.Asked(name, reply);
            if (Refusal(name, reply) is { } refusal) throw refusal;
            if (reply.Standing != WitnessStanding.Cosigned) unsure?.Invoke(name, reply.Why);
        }

        var given = replies.Count(one => one.Value.Standing == WitnessStanding.Cosigned);
        if (!settings.IsRequired || replies.IsEmpty || given >= settings.Quorum) return;
        var missing = string.Join("; ", replies.Where(one => one.Value.Standing != WitnessStanding.Cosigned).Select(one => $"`{one.Key}`: {one.Value.Why}"));
        // Not what a rolled back log is: nothing may be recovered because of it.
        throw new IOException(
            $"{given} of {settings.Sources.Length} witnesses confirm the audit log, and `audit.requireWitness` asks for {settings.Quorum}: {missing}");
    }

    /// <summary>Why nothing may be appended to the log after what a witness has said; null when it may.</summary>
    private static LogRolledBackException? Refusal(string name, WitnessReply reply) => reply.Standing switch
    {
        WitnessStanding.Ahead => new LogRolledBackException(
            $"{reply.Why}. The database is an older copy: put the newer one back, or give it the lost entries from a mirror (`gate audit recover --from-mirror`). "
            + $"If it is the witness that is wrong, take `{name}` out of `audit.witnesses`")
        {
            Size = reply.Size,
        },
        WitnessStanding.Forked => new LogRolledBackException(
            $"{reply.Why}. Put a copy of the database back that was not changed, and then the lost entries from a mirror (`gate audit recover --from-mirror`). "
            + $"If it is the witness that is wrong, take `{name}` out of `audit.witnesses`"),
        WitnessStanding.Unknown or WitnessStanding.Cosigned => null,
        _ => null,
    };
}
