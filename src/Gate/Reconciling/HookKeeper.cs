using System.Collections.Concurrent;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Reconciling;

/// <summary>
/// Looks after the hooks that are the gate's own: one that the forge has switched off, or somebody has bent or taken away, is registered
/// anew, with an entry in the log before and after. A repository that never had one is left alone: its deliveries may come from a hook of
/// its whole group. Safe to call concurrently for different repositories.
/// </summary>
public sealed class HookKeeper(GateConfiguration configuration, IGateStore gate, IReconcileStore store, TimeProvider clock)
{
    // What did not help is not done again at once: rights that lack are given by people.
    private static readonly TimeSpan Rest = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<RepositoryKey, (string Problem, DateTimeOffset At)> _tried = new();

    /// <summary>Looks at the hook and repairs it. True when it had to be repaired, and was.</summary>
    /// <exception cref="ForgeTroubleException">The forge refused, failed or did not answer.</exception>
    public async Task<bool> CheckAsync(Reach reach, Reconciled last, CancellationToken cancellation)
    {
        var (forge, connection) = reach;
        var (repository, address) = (last.Repository, $"{configuration.PublicUrl}/hooks/{connection.Name}");
        var health = await forge.HookHealthAsync(connection, repository, address, cancellation);
        // A hook with our address is ours, whoever made it.
        if (health.Id is not null && !last.HasHook) await store.KnowHookAsync(repository, isOurs: true, cancellation);
        if (health.IsWell)
        {
            _tried.TryRemove(repository, out _);
            return false;
        }

        var problem = ProblemOf(health);
        if ((health.Id is null && !last.HasHook) || IsTried(repository, problem)) return false;
        await RepairAsync(reach, repository, address, problem, cancellation);
        return true;
    }

    private static string ProblemOf(HookHealth health)
    {
        string off = health is { Id: not null, IsActive: false } ? "the forge does not send to it" : "";
        return string.Join("; ", health.Problems.Prepend(off).Where(one => one.Length > 0));
    }

    private bool IsTried(RepositoryKey repository, string problem) =>
        _tried.TryGetValue(repository, out var tried) && tried.Problem == problem && clock.GetUtcNow() - tried.At < Rest;

    private async Task RepairAsync(Reach reach, RepositoryKey repository, string address, string problem, CancellationToken cancellation)
    {
        await WriteAsync(repository, problem, AuditOutcome.Pending, cancellation);
        var outcome = AuditOutcome.Error;
        try
        {
            await reach.Forge.RegisterHookAsync(reach.Connection, repository, address, cancellation);
            (outcome, _tried[repository]) = (AuditOutcome.Success, (problem, clock.GetUtcNow()));
        }
        catch (ForgeTroubleException trouble)
        {
            // Without a certain answer it may be right by now; the next look tells.
            outcome = trouble.Kind == TroubleKind.Unclear ? AuditOutcome.Error : AuditOutcome.Failure;
            var isLasting = trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing or TroubleKind.Refused;
            if (isLasting) _tried[repository] = (problem, clock.GetUtcNow());
            throw;
        }
        finally
        {
            await WriteAsync(repository, problem, outcome, CancellationToken.None);
        }
    }

    private Task<Recorded> WriteAsync(RepositoryKey repository, string problem, AuditOutcome outcome, CancellationToken cancellation)
    {
        var entry = new AuditDraft
        {
            Type = AuditTypes.ConfigChanged,
            Outcome = outcome,
            Subject = new AuditSubject("repo", repository.ToString()),
            Attributes = AuditDraft.NoAttributes.Add("what", "webhook").Add("why", Words.Plain(problem, 300)),
        };
        return gate.RecordAsync(new Record { Entries = [entry], At = clock.GetUtcNow() }, cancellation);
    }
}
