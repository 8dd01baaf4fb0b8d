using System.Collections.Concurrent;
using System.Diagnostics;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.AuditBench;

/// <summary>One load of appends: what was answered, how fast, and whether it is true.</summary>
internal sealed class Load
{
    // Of one answer in so many its proof is made and checked; more would be what is measured.
    private const int ProofEvery = 97;
    private const string Writer = "storage writer";

    private readonly Opened _gate;
    private readonly ConcurrentBag<long> _indices = [];
    private readonly ConcurrentBag<double> _proofs = [];
    private readonly ConcurrentDictionary<long, ReadOnlyMemory<byte>> _shown = [];
    private readonly List<double[]> _taken = [];
    private readonly Lock _lock = new();
    private double[] _times = [];
    private long _began;
    private TimeSpan _cpu;
    private double _writer;
    private long _allocated;

    private Load(Opened gate, long first) => (_gate, First) = (gate, first);

    /// <summary>The index of the first entry.</summary>
    public long First { get; }

    public long Count { get; private set; }

    public double Seconds { get; private set; }

    public double CpuSeconds { get; private set; }

    /// <summary>CPU seconds of the one thread that writes: what bounds the whole.</summary>
    public double WriterSeconds { get; private set; }

    public long Allocated { get; private set; }

    /// <summary>Transactions: each writes one head.</summary>
    public long Commits { get; private set; }

    /// <summary>Answers that were not true.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    public static async Task<Load> BeginAsync(Opened gate)
    {
        var head = await gate.Reader.HeadAsync(CancellationToken.None);
        GC.Collect();
        var load = new Load(gate, head.Size);
        (load._writer, load._cpu, load._allocated) = (Figures.ThreadSeconds(Writer), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes());
        load._began = Stopwatch.GetTimestamp();
        return load;
    }

    /// <summary>Appends one entry; the milliseconds until it was durable and in the tree.</summary>
    public async Task<double> AppendAsync(AuditDraft draft)
    {
        var began = Stopwatch.GetTimestamp();
        var answer = await _gate.Store.RecordAsync(new Record { Entries = [draft], At = Year.Start }, CancellationToken.None);
        var time = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        _indices.Add(answer.FirstIndex);
        if (answer.FirstIndex % ProofEvery == 0) await ProveAsync(answer);
        return time;
    }

    public void Take(IReadOnlyCollection<double> times)
    {
        lock (_lock) _taken.Add([.. times]);
    }

    public async Task<Load> EndAsync()
    {
        (Seconds, CpuSeconds) = (Stopwatch.GetElapsedTime(_began).TotalSeconds, (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds);
        WriterSeconds = Figures.ThreadSeconds(Writer) - _writer;
        Allocated = GC.GetTotalAllocatedBytes() - _allocated;
        _times = [.. _taken.SelectMany(times => times).Order()];
        Count = _times.Length;
        var head = await _gate.Reader.HeadAsync(CancellationToken.None);
        if (head.Size != First + Count) Wrong.Enqueue($"{Count} appends were answered, the log grew by {head.Size - First}");
        var places = _indices.Order().ToArray();
        if (!places.SequenceEqual(Enumerable.Range(0, (int)Count).Select(at => First + at))) Wrong.Enqueue("the answers' places are not one after the other");
        foreach (var (index, hash) in _shown)
        {
            if (await _gate.Reader.ReadAsync(index, 1, CancellationToken.None) is not [var leaf] || !MerkleTree.LeafHash(leaf.Bytes.Span).AsSpan().SequenceEqual(hash.Span))
                Wrong.Enqueue($"entry {index}: the answer's leaf hash is not that of what the log holds there");
        }

        Commits = BareInsert.HeadsAfter(_gate.Folder, First);
        return this;
    }

    public double At(double share) => Figures.At(_times, share);

    /// <summary>The time to make a proof from an answer.</summary>
    public double ProofAt(double share) => Figures.At([.. _proofs.Order()], share);

    private async Task ProveAsync(Recorded answer)
    {
        var began = Stopwatch.GetTimestamp();
        var proof = answer.Head is { } head ? await head.InclusionAsync(answer.FirstIndex, CancellationToken.None) : null;
        _proofs.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        if (answer.Head is not { } made || proof is null) Wrong.Enqueue($"entry {answer.FirstIndex}: the answer has no head");
        else if (!MerkleProof.VerifyInclusion(answer.FirstIndex, made.Size, made.LeafHash(answer.FirstIndex).Span, proof, made.Root.Span))
            Wrong.Enqueue($"entry {answer.FirstIndex}: the answer's proof does not lead to its root");
        else _shown[answer.FirstIndex] = made.LeafHash(answer.FirstIndex);
    }
}
