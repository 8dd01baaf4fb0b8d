using System.Text.Json;
using GitOpsGate.Dispatch;
using GitOpsGate.Releases;

namespace GitOpsGate.Agent;

/// <summary>What an agent remembers over a restart.</summary>
internal sealed record AgentState
{
    /// <summary>The newest document that was believed; null before the first.</summary>
    public KnownDocument? Known { get; init; }

    /// <summary>The order of that document.</summary>
    public string? OrderId { get; init; }

    /// <summary>Whether that document was carried out, so that only a newer one is news.</summary>
    public bool IsSettled { get; init; }

    /// <summary>The last report; what says the same is not reported again.</summary>
    public AgentReport? Report { get; init; }

    /// <summary>Whether the gateway certainly has the last report.</summary>
    public bool IsReported { get; init; }
}

/// <summary>The file that an agent's memory lies in: replaced as a whole and flushed, so that a version that was acted on is never forgotten.</summary>
internal sealed class StateFile(string path)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>What is remembered; nothing when there is no file.</summary>
    /// <exception cref="InvalidDataException">The file is spoilt. To start without a memory would let an old version be replayed.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public AgentState Read()
    {
        if (!File.Exists(path)) return new AgentState();
        try
        {
            return JsonSerializer.Deserialize<AgentState>(File.ReadAllBytes(path), Options) ?? throw new JsonException("it holds `null`");
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException($"`{path}` is spoilt: {problem.Message}; restore it, or remove it to trust the gate's next word", problem);
        }
    }

    /// <summary>Remembers; durable on return.</summary>
    /// <exception cref="IOException">It is not remembered.</exception>
    public void Write(AgentState state)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Durable.WriteText(path, JsonSerializer.Serialize(state, Options));
    }
}
