using System.Diagnostics;
using GitOpsGate.Agent.Engines;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;

namespace GitOpsGate.Agent;

/// <summary>How one pass ended. The zero value is the least certain.</summary>
internal enum PassEnd
{
    /// <summary>The gateway was not reached or said no; what runs keeps running.</summary>
    Unanswered,

    /// <summary>What came was not believed.</summary>
    Refused,

    /// <summary>It was believed and could not be carried out.</summary>
    Failed,

    /// <summary>What was carried out is not what runs any more.</summary>
    Drifted,

    /// <summary>What is desired runs, or nothing is desired.</summary>
    InSync,
}

/// <summary>What one pass came to.</summary>
/// <param name="Line">One line for people.</param>
/// <param name="RetryAfter">How long the gateway asked to wait, or null.</param>
internal sealed record Pass(PassEnd End, string Line, TimeSpan? RetryAfter = null);

/// <summary>
/// One agent: asks, verifies, remembers, applies, looks, reports. Not for concurrent use. When anything cannot be right, what runs keeps
/// running.
/// </summary>
internal sealed class SyncAgent(AgentConfiguration configuration, GateLink link, IEngine engine, StateFile file, TimeProvider clock)
{
    private readonly KnownState _state = new(file);
    private long? _lookedAt;

    /// <summary>One pass. Trouble with the gateway or the disk is in the answer; only a spoilt state file is thrown.</summary>
    /// <param name="wait">How long the gateway may wait for something newer.</param>
    /// <exception cref="InvalidDataException">The state file is spoilt.</exception>
    public async Task<Pass> PassAsync(TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            await SendReportAsync(cancellation);
            var known = _state.Now.IsSettled ? _state.Now.Known?.Version : null;
            return await link.DesiredAsync(known, wait, cancellation) switch
            {
                DesiredAnswer.Document document => await TakeAsync(document.Envelope, cancellation),
                DesiredAnswer.Known => await LookAsync(cancellation),
                DesiredAnswer.Nothing => new Pass(PassEnd.InSync, $"nothing was ordered for `{configuration.Target}` yet"),
                _ => throw new UnreachableException(),
            };
        }
        catch (GateTroubleException trouble)
        {
            return new Pass(PassEnd.Unanswered, trouble.Message, trouble.RetryAfter);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return new Pass(PassEnd.Failed, trouble.Message);
        }
    }

    private async Task<Pass> TakeAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellation)
    {
        var check = DesiredVerifier.Check(envelope, configuration.PublicKey, configuration.Target, _state.Now.Known, clock.GetUtcNow());
        if (check is DesiredCheck.Bad bad) return await SayAsync(Refusal(bad), cancellation);
        if (check is not DesiredCheck.Good good) throw new UnreachableException();

        // Remembered before anything is changed: after a crash, an older version is still refused.
        _state.Set(_state.Now with { Known = good.Known, OrderId = good.Permission.OrderId, IsSettled = false });
        try
        {
            await engine.ApplyAsync(good.Permission, (folder, token) => FetchAsync(good.Permission.Tree, folder, token), cancellation);
            _state.Set(_state.Now with { IsSettled = true });
            return await LookAsync(cancellation, isDue: true);
        }
        catch (ContentRefusedException refusal)
        {
            var reason = AgentReport.ReasonOf(refusal.Message);
            return await SayAsync(Report(ReportPhase.Refused) with { Attack = refusal.Attack, Reason = reason }, cancellation);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return await SayAsync(Report(ReportPhase.Failed) with { Reason = AgentReport.ReasonOf(trouble.Message) }, cancellation);
        }
    }

    private Task FetchAsync(string tree, string folder, CancellationToken cancellation) => link.ContentAsync(
        tree, (stream, token) => ContentArchive.UnpackAsync(stream, folder, configuration.MaxBytes, token), cancellation);

    private async Task<Pass> LookAsync(CancellationToken cancellation, bool isDue = false)
    {
        // Every file is read to be compared, so this has its own pace.
        var isRecent = _lookedAt is { } last && clock.GetElapsedTime(last) < configuration.Drift;
        if (!isDue && isRecent && _state.Now.Report is { Phase: ReportPhase.Applied } said) return PassOf(said);
        var seen = engine.Observe(_state.Now.OrderId ?? "");
        _lookedAt = clock.GetTimestamp();
        if (seen is not null)
            return await SayAsync(Report(ReportPhase.Applied) with { Release = seen.Release, Drift = seen.Drift }, cancellation);

        // Somebody has taken the folder's own records away: the next pass asks for the document and carries it out again.
        _state.Set(_state.Now with { IsSettled = false });
        return new Pass(PassEnd.Failed, $"`{configuration.Path}` does not know of order `{_state.Now.OrderId}`; it is carried out again");
    }

    // A word that cannot be the gate's newest says nothing about any order.
    private AgentReport Refusal(DesiredCheck.Bad bad) => Report(ReportPhase.Refused) with
    {
        Attack = bad.Attack,
        Reason = AgentReport.ReasonOf(bad.Why),
        Version = bad.Document?.Version ?? 0,
        OrderId = bad.Document?.OrderId,
    };

    private AgentReport Report(ReportPhase phase) => new()
    {
        Id = Guid.CreateVersion7(clock.GetUtcNow()),
        Target = configuration.Target,
        Version = _state.Now.Known?.Version ?? 0,
        OrderId = _state.Now.OrderId,
        Phase = phase,
        At = clock.GetUtcNow(),
    };

    /// <summary>Reports what is new, once, under an id that a repeat keeps; what was said before is not said again.</summary>
    private async Task<Pass> SayAsync(AgentReport report, CancellationToken cancellation)
    {
        if (_state.Now.Report is not { } last || !report.SaysTheSameAs(last))
        {
            _state.Set(_state.Now with { Report = report, IsReported = false });
            await SendReportAsync(cancellation);
        }

        return PassOf(report);
    }

    private async Task SendReportAsync(CancellationToken cancellation)
    {
        if (_state.Now is not { Report: { } report, IsReported: false }) return;
        try
        {
            await link.ReportAsync(report, cancellation);
        }
        catch (GateTroubleException trouble) when (trouble.IsFinal)
        {
            // A report that the gateway will never take must not keep the agent from its work.
        }

        _state.Set(_state.Now with { IsReported = true });
    }

    private static Pass PassOf(AgentReport report) => new(
        report.Phase switch
        {
            ReportPhase.Refused => PassEnd.Refused,
            ReportPhase.Failed => PassEnd.Failed,
            ReportPhase.Applied => report.Drift == 0 ? PassEnd.InSync : PassEnd.Drifted,
        },
        report.Sentence);

    /// <summary>The memory, and the file that it lies in.</summary>
    private sealed class KnownState(StateFile file)
    {
        public AgentState Now { get; private set; } = file.Read();

        /// <summary>Remembers; durable on return.</summary>
        public void Set(AgentState state)
        {
            if (state == Now) return;
            file.Write(state);
            Now = state;
        }
    }
}
