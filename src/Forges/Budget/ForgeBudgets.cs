using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Budget;

/// <summary>The budgets of all connections, and what was saved of them. Safe to call concurrently.</summary>
internal sealed class ForgeBudgets : IForgeBudgets
{
    // Accounts come and go (a GitHub App is installed by others); those that made no call for so long have whole budgets.
    private const int ManyLedgers = 500;
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(2);

    private readonly ConcurrentDictionary<(ConnectionName Connection, string Account), Ledger> _ledgers = new();
    private readonly ConcurrentDictionary<ConnectionName, Counts> _counts = new();
    private readonly TimeSpan _longestRest;
    private readonly TimeProvider _clock;
    private readonly Counter<long> _saved;

    public ForgeBudgets(Meter meter, TimeSpan longestRest, TimeProvider clock)
    {
        (_longestRest, _clock) = (longestRest, clock);
        _saved = meter.CreateCounter<long>("gate.forge.calls.saved", "{call}", "Calls to forges that cost nothing: not changed, or shared");
        meter.CreateObservableGauge("gate.forge.budget.left", Left, "{call}", "Calls that forges still take");
    }

    public BudgetView Of(ConnectionName connection)
    {
        var counts = CountsOf(connection);
        return new BudgetView(
            Interlocked.Read(ref counts.Calls), Interlocked.Read(ref counts.Unchanged), Interlocked.Read(ref counts.Shared),
            [
                .. from ledger in _ledgers
                   where ledger.Key.Connection == connection
                   orderby ledger.Key.Account
                   select ledger.Value.View(),
            ]);
    }

    /// <summary>The ledger that a call draws from.</summary>
    public Ledger LedgerOf(Connection connection, string account)
    {
        var key = (connection.Name, account);
        if (_ledgers.TryGetValue(key, out var known)) return known;
        if (_ledgers.Count >= ManyLedgers) Forget();
        return _ledgers.GetOrAdd(key, _ => new Ledger(account, Quota.Of(connection.Forge), _longestRest, _clock));
    }

    /// <summary>Counts an answer.</summary>
    public void Answered(ConnectionName connection, bool isUnchanged)
    {
        var counts = CountsOf(connection);
        Interlocked.Increment(ref counts.Calls);
        if (!isUnchanged) return;
        Interlocked.Increment(ref counts.Unchanged);
        Save(connection, "not changed");
    }

    /// <summary>Counts a question that another's call answered.</summary>
    public void Shared(ConnectionName connection)
    {
        Interlocked.Increment(ref CountsOf(connection).Shared);
        Save(connection, "shared");
    }

    private Counts CountsOf(ConnectionName connection) => _counts.GetOrAdd(connection, _ => new Counts());

    private void Save(ConnectionName connection, string how) =>
        _saved.Add(1, new TagList { { "connection", connection.Value }, { "how", how } });

    private void Forget()
    {
        var before = _clock.GetUtcNow() - Forgotten;
        foreach (var (key, ledger) in _ledgers)
        {
            if (ledger.IsIdleSince(before)) _ledgers.TryRemove(key, out _);
        }
    }

    private IEnumerable<Measurement<long>> Left()
    {
        foreach (var (key, ledger) in _ledgers)
        {
            foreach (var window in ledger.View().Windows)
            {
                yield return new Measurement<long>(
                    window.Left,
                    new("connection", key.Connection.Value), new("account", key.Account), new("resource", window.Resource));
            }
        }
    }

    private sealed class Counts
    {
        public long Calls;
        public long Unchanged;
        public long Shared;
    }
}
