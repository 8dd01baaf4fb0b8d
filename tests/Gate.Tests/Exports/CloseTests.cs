using System.Collections.Immutable;
using System.Security.Cryptography;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using Xunit;

namespace GitOpsGate.Gate.Tests.Exports;

/// <summary>
/// Closes of days are held against the entries around them, by both verifiers: a keeper of the log who rewrote it and signed it anew has to write closes
/// that are true of what is there.
/// </summary>
public class CloseTests
{
    private const string Entries = "log/entries.jsonl";
    private const string Deploy = "deploy:prod";
    private static readonly DateTimeOffset June = ExportStory.June;

    // 0 and 1 on June 1; 2 closes it; 3 to 5 on June 2, of which 5 is behind the end of the close that 6 is; 7 and 8 on June 3.
    private static readonly (AuditDraft Draft, DateTimeOffset At)[] Story =
    [
        (Numbered(Deploy), June.AddHours(1)),
        (Numbered(Deploy), June.AddHours(2)),
        (Close("2026-06-01", 0, 2, null, [], (Deploy, 2)), June.AddDays(1).AddMinutes(1)),
        (Numbered(Deploy), June.AddDays(1).AddHours(1)),
        (Numbered("override"), June.AddDays(1).AddHours(2)),
        (Numbered(Deploy), June.AddDays(2)),
        (Close("2026-06-02", 2, 5, 2, [], (Deploy, 3), ("override", 1)), June.AddDays(2).AddMinutes(1)),
        (Numbered(Deploy), June.AddDays(2).AddHours(1)),
        (Numbered("unmanaged"), June.AddDays(2).AddHours(2)),
    ];

    /// <summary>What a rewritten log says, in which line, and words that both verifiers have for it.</summary>
    public static TheoryData<string, int, string> Lies => new()
    {
        { "a number too low", 7, "`deploy:prod` stood at 2 before entry 5" },
        { "a number too high", 7, "`deploy:prod` stood at 9 before entry 5" },
        { "a number behind", 8, "`deploy:prod` counts 5 behind entry 6, which closed 2026-06-02 at 9" },
        { "a population left out", 7, "`override` stood at 0 before entry 5" },
        { "a population of nobody", 7, "`audit` stood at 4 before entry 5" },
        { "another close before", 7, "entry 1" },
        { "no close before", 7, "none" },
        { "a gap between closes", 7, "begins at 4, and the close before ends at 2" },
        { "an end beyond itself", 7, "ends at 7" },
        { "an end before the other", 7, "ends at 1" },
        { "the same day again", 7, "closes 2026-06-01, and 2026-06-01 was closed before" },
        { "a day that is not over", 7, "closes 2026-06-03, which was not over on 2026-06-03" },
        { "comparisons that are not there", 7, "comparisons with the forges" },
        { "an unreadable one", 7, "close" },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task True_closes_hold_and_it_is_said_what_lies_outside_of_them()
    {
        var log = new ExportLog(Story);
        await HoldsAsync(log, new ExportQuery(June, June.AddMonths(1)), "2 closed; 0 numbers before the first close and 3 behind the last one");
        // A run that begins behind the first close: nothing of before is at hand, and the close is held against what there is.
        await HoldsAsync(log, new ExportQuery(June.AddDays(1).AddHours(2), June.AddMonths(1)), "1 closed; 3 numbers before the first close and 3 behind");
        await HoldsAsync(log, new ExportQuery(June, June.AddHours(2)), "no day is closed among these entries");
    }

    [Fact]
    public async Task Comparisons_with_forges_are_held_against_their_digest()
    {
        var compared = ExportStory.Draft(AuditTypes.ReconciliationCompleted);
        (AuditDraft, DateTimeOffset)[] opened = [(Numbered(Deploy), June), (compared, June.AddHours(1)), (compared, June.AddHours(2))];
        var leaves = await LeavesAsync(new ExportLog(opened));
        var close = Close("2026-06-01", 0, 3, null, [leaves[1], leaves[2]], (Deploy, 1));
        await HoldsAsync(new ExportLog([.. opened, (close, June.AddDays(1))]), new ExportQuery(June, June.AddMonths(1)), "1 closed");
        var other = Close("2026-06-01", 0, 3, null, [leaves[2], leaves[1]], (Deploy, 1));
        await FindsAsync(new ExportLog([.. opened, (other, June.AddDays(1))]), $"{Entries}:4: ", "comparisons with the forges");
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_well_signed_log_with_a_wrong_close_is_named(string lie, int line, string words)
    {
        var story = Story.ToArray();
        story[6].Draft = Told(lie);
        await FindsAsync(new ExportLog(story), $"{Entries}:{line}: ", words);
    }

    [Fact]
    public async Task A_log_that_dropped_what_was_closed_is_named_though_its_counters_are_gapless()
    {
        // The second deployment never was, says the keeper, and signs the rest anew. The close that was given out says otherwise.
        await FindsAsync(new ExportLog(Story.Where((_, at) => at != 1)), $"{Entries}:2: ", "`deploy:prod` stood at 2");
        // The first close was taken out, too: the second one names it.
        await FindsAsync(new ExportLog(Story.Where((_, at) => at != 2)), $"{Entries}:6: ", "names entry 2 as the close before, which closes no day");
    }

    private static AuditDraft Told(string lie) => lie switch
    {
        "a number too low" => Close("2026-06-02", 2, 5, 2, [], (Deploy, 2), ("override", 1)),
        "a number too high" or "a number behind" => Close("2026-06-02", 2, 5, 2, [], (Deploy, 9), ("override", 1)),
        "a population left out" => Close("2026-06-02", 2, 5, 2, [], (Deploy, 3)),
        "a population of nobody" => Close("2026-06-02", 2, 5, 2, [], (Deploy, 3), ("audit", 4), ("override", 1)),
        "another close before" => Close("2026-06-02", 2, 5, 1, [], (Deploy, 3), ("override", 1)),
        "no close before" => Close("2026-06-02", 2, 5, null, [], (Deploy, 3), ("override", 1)),
        "a gap between closes" => Close("2026-06-02", 4, 5, 2, [], (Deploy, 3), ("override", 1)),
        "an end beyond itself" => Close("2026-06-02", 2, 7, 2, [], (Deploy, 4), ("override", 1)),
        "an end before the other" => Close("2026-06-02", 2, 1, 2, [], (Deploy, 1)),
        "the same day again" => Close("2026-06-01", 2, 5, 2, [], (Deploy, 3), ("override", 1)),
        "a day that is not over" => Close("2026-06-03", 2, 5, 2, [], (Deploy, 3), ("override", 1)),
        "comparisons that are not there" => Close("2026-06-02", 2, 5, 2, [new byte[32]], (Deploy, 3), ("override", 1)),
        "an unreadable one" => ExportStory.Draft(AuditTypes.PopulationClosed, "config", "x", ("day", "2026-06-02")),
        _ => throw new ArgumentException($"`{lie}` is no lie of these", nameof(lie)),
    };

    private static AuditDraft Numbered(string population) => ExportStory.Draft(AuditTypes.ConfigChanged) with { Populations = [population] };

    private static AuditDraft Close(string day, long from, long through, long? previous, byte[][] compared, params (string Population, long Number)[] last)
    {
        var said = AuditDraft.NoAttributes.Add("day", day).Add("from", from).Add("through", through).Add("reconciliations", (long)compared.Length)
            .Add("reconciled", $"sha256:{Convert.ToHexStringLower(SHA256.HashData([.. compared.SelectMany(hash => hash)]))}");
        if (previous is { } index) said = said.Add("previous", index);
        foreach (var (population, number) in last) said = said.Add($"last:{population}", number);
        return new AuditDraft { Type = AuditTypes.PopulationClosed, Outcome = AuditOutcome.Success, Actor = new AuditActor("system", "gate"), Attributes = said };
    }

    private static async Task<byte[][]> LeavesAsync(ExportLog log) =>
        [.. (await log.ReadAsync(0, 100, Cancellation)).Select(leaf => leaf.Hash.ToArray())];

    private static async Task HoldsAsync(ExportLog log, ExportQuery query, string note)
    {
        var bundle = await log.BundleAsync(query);
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(ExportLog.Key), null, Cancellation);
        Assert.All(parts, part => Assert.Empty(part.Failures));
        Assert.Contains(note, parts.Single(part => part.Name == "closed days").Note, StringComparison.Ordinal);
        var (code, output, errors) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString());
        Assert.True((code, errors) == (0, ""), output + errors);
        Assert.Contains($"ok   closed days: {note}", output, StringComparison.Ordinal);
    }

    private static async Task FindsAsync(ExportLog log, string place, string words)
    {
        var bundle = await log.BundleAsync(new ExportQuery(June, June.AddMonths(1)));
        var parts = await BundleCheck.RunAsync(new MemoryStream(bundle), LogKeys.Of(ExportLog.Key), null, Cancellation);
        // Everything else about it is right.
        Assert.All(parts.Where(part => part.Name != "closed days"), part => Assert.Empty(part.Failures));
        Assert.Contains(
            parts.Single(part => part.Name == "closed days").Failures,
            failure => failure.StartsWith(place, StringComparison.Ordinal) && failure.Contains(words, StringComparison.OrdinalIgnoreCase));
        var (code, output, errors) = await Python.VerifyAsync(bundle, ExportLog.Key.ToString());
        Assert.Equal((1, ""), (code, errors));
        var named = output.Split('\n').Where(line => line.StartsWith("FAIL ", StringComparison.Ordinal)).ToImmutableArray();
        Assert.All(named, line => Assert.StartsWith("FAIL closed days: ", line, StringComparison.Ordinal));
        Assert.Contains(named, line => line.Contains(place, StringComparison.Ordinal) && line.Contains(words, StringComparison.OrdinalIgnoreCase));
    }
}
