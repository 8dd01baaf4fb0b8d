using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.AuditBench;

/// <summary>Writes a year into a log: changes that are reviewed, merged and deployed, and between them the log's word that it goes on.</summary>
internal static class Year
{
    private static readonly DateTimeOffset Begin = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The first instant after the year.</summary>
    public static DateTimeOffset End { get; } = Begin.AddYears(1);

    /// <summary>The year's first instant.</summary>
    public static DateTimeOffset Start => Begin;

    /// <param name="deploys">Changes that are deployed.</param>
    /// <param name="entries">Entries altogether; what is not of a change is a heartbeat.</param>
    public static async Task<int> WriteAsync(string folder, int deploys, int entries)
    {
        var clock = new StepClock(Begin);
        await using var gate = new Opened(folder, clock);
        var (store, story) = (gate.Store, new Story(gate.Identities));
        var beats = entries - (deploys * Story.Length);
        if (beats < 0) throw new ArgumentException($"{deploys} deploys are {deploys * Story.Length} entries at least", nameof(entries));
        var (hours, told, beaten) = ((int)(End - Begin).TotalHours, 0, 0);
        for (var hour = 0; hour < hours; hour++)
        {
            var at = Begin.AddHours(hour);
            clock.To(at);
            var drafts = ImmutableArray.CreateBuilder<AuditDraft>();
            while (told < (long)deploys * (hour + 1) / hours) drafts.AddRange(await story.OfAsync(++told, at, CancellationToken.None));
            while (beaten < (long)beats * (hour + 1) / hours) drafts.Add(Story.Heartbeat(++beaten));
            if (drafts.Count > 0) await store.RecordAsync(new Record { Entries = drafts.ToImmutable(), At = at }, CancellationToken.None);
        }

        var head = await gate.Reader.HeadAsync(CancellationToken.None);
        Figures.Print(("what", "generated"), ("entries", head.Size), ("deploys", told));
        return head.Size == entries ? 0 : 1;
    }

    /// <summary>A clock that goes on by one second whenever somebody looks at it.</summary>
    private sealed class StepClock(DateTimeOffset start) : TimeProvider
    {
        private readonly Lock _gate = new();
        private DateTimeOffset _now = start;

        public override DateTimeOffset GetUtcNow()
        {
            lock (_gate) return _now = _now.AddMilliseconds(100);
        }

        public void To(DateTimeOffset at)
        {
            lock (_gate) _now = at > _now ? at : _now;
        }
    }
}
