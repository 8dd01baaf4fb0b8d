using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Git;

/// <summary>
/// Brings commits into one mirror, one fetch at a time: those who come while one is under way go together with the next one, which starts
/// after they came, so that nobody is told where a branch stood before he asked. Safe to call concurrently.
/// </summary>
internal sealed class FetchQueue(Mirror mirror, GitWire wire)
{
    private const int MostTogether = 32;
    private const int MostHaves = 64;

    private readonly Lock _gate = new();

    // The refs that keep what was fetched, still to be written; they matter only for telling a server what is there.
    private readonly Dictionary<string, CommitId> _unkept = new(StringComparer.Ordinal);
    private readonly LinkedList<CommitId> _haves = [];
    private Batch? _next;
    private volatile bool _isReady;

    // Holds nothing that would have to be let go: nobody asks for its wait handle.
    private SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>The commits that are wanted, in their order, once they are in the mirror.</summary>
    /// <exception cref="GitTroubleException">The forge failed, or a commit is gone.</exception>
    public async Task<ImmutableArray<CommitId>> EnsureAsync(IReadOnlyList<Want> wants, CancellationToken cancellation)
    {
        var ids = wants.Select(want => want.Commit).ToImmutableArray();
        if (_isReady && ids.All(id => !id.IsNone) && (await MissingAsync(ids, cancellation)).Count == 0) return ids;
        var wish = new Wish(wants);
        await Join(wish).WaitAsync(cancellation);
        if (wish.Trouble is { } trouble) ExceptionDispatchInfo.Throw(trouble);
        return wish.Found;
    }

    /// <summary>Writes down what keeps the commits that were fetched, unless a fetch is under way.</summary>
    public async Task SettleAsync()
    {
        if (!await Turn.WaitAsync(TimeSpan.Zero)) return;
        try
        {
            await KeepAsync(CancellationToken.None);
        }
        finally
        {
            Turn.Release();
        }
    }

    private Task Join(Wish wish)
    {
        lock (_gate)
        {
            if (_next is null || _next.Wishes.Count == MostTogether)
            {
                var batch = _next = new Batch();
                batch.Work = Task.Run(() => RunAsync(batch));
            }

            _next.Wishes.Add(wish);
            return _next.Work;
        }
    }

    private async Task RunAsync(Batch batch)
    {
        await Turn.WaitAsync();
        try
        {
            lock (_gate)
            {
                if (_next == batch) _next = null;
            }

            var left = batch.Wishes;
            if (!_isReady) MirrorFetch.Repair(mirror.Git);
            if (MirrorFetch.IsEmpty(mirror.Git))
            {
                await ByGitAsync(left[0]);
                left = left[1..];
            }

            if (!_isReady && !MirrorFetch.IsEmpty(mirror.Git)) await BeginAsync();
            if (left.Count > 0) await ServeAsync(left);
        }
        finally
        {
            Turn.Release();
        }
    }

    private async Task ServeAsync(List<Wish> wishes)
    {
        try
        {
            if (_isReady && await ByWireAsync(wishes)) return;
        }
        catch (GitTroubleException trouble) when (wishes.Count == 1 || !trouble.IsPermanent)
        {
            foreach (var wish in wishes) wish.Trouble = trouble;
            return;
        }
        catch (GitTroubleException)
        {
            // One of them wants what nobody may have. Each goes alone, so that the others do not pay for it.
            foreach (var wish in wishes) await ServeAsync([wish]);
            return;
        }

        foreach (var wish in wishes) await ByGitAsync(wish);
    }

    // What an earlier process has fetched is not fetched again.
    private async Task BeginAsync()
    {
        var output = await mirror.Git.LocalAsync(
            CancellationToken.None, "for-each-ref", "--sort=-committerdate", $"--count={MostHaves}", "--format=%(objectname)", "refs/gate");
        if (output.Code != 0) throw mirror.Git.Trouble($"git for-each-ref failed: {output.Errors}", isPermanent: false);
        foreach (var line in output.Text.Split('\n'))
        {
            if (CommitId.TryParse(line, out var id)) Remember(id);
        }

        _isReady = true;
    }

    private async Task ByGitAsync(Wish wish)
    {
        try
        {
            await KeepAsync(CancellationToken.None);
            wish.Found = await MirrorFetch.EnsureAsync(mirror.Git, wish.Wants, CancellationToken.None);
            foreach (var id in wish.Found) Remember(id);
        }
        catch (GitTroubleException trouble)
        {
            wish.Trouble = trouble;
        }
    }

    private async Task<bool> ByWireAsync(List<Wish> wishes)
    {
        var wants = wishes.SelectMany(wish => wish.Wants).ToList();
        var names = wants.Where(want => want.Commit.IsNone).Select(want => want.RemoteRef).OfType<string>().Distinct().ToList();
        var named = wants.Select(want => want.Commit).Where(id => !id.IsNone).Distinct().ToList();
        var missing = await MissingAsync(named, CancellationToken.None);
        var isAsked = names.Count > 0 || missing.Count > 0;
        if (wants.Exists(want => want is { Commit.IsNone: true, RemoteRef: null })) return false;
        if (isAsked && (named.Exists(id => id.Value.Length == 64) || !await wire.IsSpokenAsync(CancellationToken.None))) return false;
        var telling = names.Count == 0 ? Task.FromResult<Dictionary<string, CommitId>?>([]) : wire.RefsAsync(names, CancellationToken.None);
        var bringing = BringAsync(missing);
        await Task.WhenAll(telling, bringing);
        if (await telling is not { } refs || !await bringing || !names.TrueForAll(refs.ContainsKey)) return false;
        var tips = await MissingAsync([.. refs.Values.Distinct()], CancellationToken.None);
        if (!await BringAsync(tips)) return false;
        // A server may say that it sent what it did not.
        var all = named.Concat(refs.Values).Distinct().ToList();
        if ((await MissingAsync(all, CancellationToken.None)).Count > 0) return false;
        foreach (var wish in wishes) wish.Found = [.. wish.Wants.Select(want => want.Commit.IsNone ? refs[want.RemoteRef!] : want.Commit)];
        foreach (var (want, id) in wishes.SelectMany(wish => wish.Wants.Zip(wish.Found))) _unkept[want.LocalRef] = id;
        all.ForEach(Remember);
        return true;
    }

    private Task<bool> BringAsync(List<CommitId> missing) =>
        missing.Count == 0 ? Task.FromResult(true) : wire.FetchAsync(missing, [.. _haves], CancellationToken.None);

    private Task<List<CommitId>> MissingAsync(IReadOnlyList<CommitId> ids, CancellationToken cancellation) => ids.Count == 0
        ? Task.FromResult(new List<CommitId>())
        : mirror.Known.WithAsync(
            async objects =>
            {
                var found = await objects.DescribeAsync([.. ids.Select(id => id.Value)], cancellation);
                return ids.Where((_, i) => found[i] is not { Kind: "commit" }).ToList();
            },
            cancellation);

    private void Remember(CommitId id)
    {
        _haves.Remove(id);
        _haves.AddFirst(id);
        if (_haves.Count > MostHaves) _haves.RemoveLast();
    }

    private async Task KeepAsync(CancellationToken cancellation)
    {
        if (_unkept.Count == 0) return;
        var lines = _unkept.Select(kept => $"update {kept.Key} {kept.Value}").ToList();
        var output = await mirror.Git.AskAsync(lines, cancellation, "update-ref", "--stdin");
        if (output.Code != 0) throw mirror.Git.Trouble($"git update-ref failed: {output.Errors}", isPermanent: false);
        _unkept.Clear();
    }

    /// <summary>What one caller wants, and what became of it.</summary>
    private sealed class Wish(IReadOnlyList<Want> wants)
    {
        public IReadOnlyList<Want> Wants => wants;

        public ImmutableArray<CommitId> Found { get; set; } = [];

        public GitTroubleException? Trouble { get; set; }
    }

    /// <summary>Those who go together.</summary>
    private sealed class Batch
    {
        public List<Wish> Wishes { get; } = [];

        public Task Work { get; set; } = Task.CompletedTask;
    }
}
