namespace GitOpsGate.Fakes;

/// <summary>What goes wrong with a request.</summary>
public enum FaultKind
{
    /// <summary>The given status is answered; nothing is done.</summary>
    Answer,

    /// <summary>The connection breaks before anything is done.</summary>
    DropRequest,

    /// <summary>The request is carried out; then the connection breaks: it failed, but it happened.</summary>
    DropAnswer,

    /// <summary>Nothing is done and nothing is answered until the caller gives up.</summary>
    HoldRequest,

    /// <summary>The request is carried out; nothing is answered until the caller gives up.</summary>
    HoldAnswer,

    /// <summary>The request is carried out, and answered after <see cref="Fault.Delay"/>.</summary>
    AnswerLate,
}

/// <summary>One thing that goes wrong, and with which requests.</summary>
public sealed record Fault(FaultKind Kind)
{
    /// <summary>Only requests with this method; null for all.</summary>
    public string? Method { get; init; }

    /// <summary>Only requests whose path contains this.</summary>
    public string Path { get; init; } = "";

    /// <summary>How many requests it strikes before it is over.</summary>
    public int Times { get; init; } = 1;

    /// <summary>The status of <see cref="FaultKind.Answer"/>.</summary>
    public int Status { get; init; }

    /// <summary>How late <see cref="FaultKind.AnswerLate"/> is.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The body of <see cref="FaultKind.Answer"/>.</summary>
    public string Body { get; init; } = """{"message":"told to fail"}""";

    /// <summary>Further headers of <see cref="FaultKind.Answer"/>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>An answer with this status.</summary>
    public static Fault Answer(int status) => new(FaultKind.Answer) { Status = status };

    /// <summary>429 with <c>Retry-After</c> in seconds.</summary>
    public static Fault TooMany(int retryAfter) =>
        Answer(429) with { Headers = new Dictionary<string, string> { ["Retry-After"] = retryAfter.ToString() } };
}

/// <summary>The faults that a fake server has been told to have. Safe to use from many threads.</summary>
public sealed class Faults
{
    private readonly Lock _gate = new();
    private readonly List<(Fault Fault, int Left)> _waiting = [];

    /// <summary>From now on this goes wrong, after the faults that were added before.</summary>
    public void Add(Fault fault)
    {
        lock (_gate) _waiting.Add((fault, fault.Times));
    }

    /// <summary>Nothing goes wrong any more.</summary>
    public void Clear()
    {
        lock (_gate) _waiting.Clear();
    }

    /// <summary>The first fault that strikes this request, used up once; null when there is none.</summary>
    public Fault? Take(string method, string path)
    {
        lock (_gate)
        {
            var at = _waiting.FindIndex(
                one => (one.Fault.Method is null || one.Fault.Method == method) && path.Contains(one.Fault.Path, StringComparison.Ordinal));
            if (at < 0) return null;
            var (fault, left) = _waiting[at];
            if (left > 1) _waiting[at] = (fault, left - 1);
            else _waiting.RemoveAt(at);
            return fault;
        }
    }
}
