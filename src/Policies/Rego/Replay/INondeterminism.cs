using System.Net;

namespace GitOpsGate.Policies.Rego.Replay;

/// <summary>
/// What policies may learn that is not in their input: the time, chance, and the addresses of names. One is made for each evaluation
/// and is used by its thread alone; an evaluation asks for each thing once, and what it was told is recorded.
/// </summary>
public interface INondeterminism
{
    /// <summary>The time that the whole evaluation sees.</summary>
    DateTimeOffset Now();

    /// <summary>Where <c>rand.intn</c> and <c>uuid.rfc4122</c> take their numbers from.</summary>
    Random Chance { get; }

    /// <summary>The addresses of a host, or null when names are not looked up or this one is not known.</summary>
    /// <param name="host">The name as the policy gave it.</param>
    IReadOnlyList<IPAddress>? Resolve(string host);
}

/// <summary>The usual world of a gate: a given clock and a given seed, and no names are looked up.</summary>
/// <param name="now">Gives the time of <c>time.now_ns</c>.</param>
/// <param name="seed">Where chance begins: the same seed gives the same numbers.</param>
public sealed class GivenNondeterminism(Func<DateTimeOffset> now, int seed) : INondeterminism
{
    private Random? _chance;

    /// <summary>A world of a clock and a seed.</summary>
    /// <param name="clock">The clock of <c>time.now_ns</c>.</param>
    /// <param name="seed">Where chance begins: the same seed gives the same numbers.</param>
    public GivenNondeterminism(TimeProvider clock, int seed)
        : this(clock.GetUtcNow, seed)
    {
    }

    /// <inheritdoc/>
    public Random Chance => _chance ??= new Random(seed);

    /// <inheritdoc/>
    public DateTimeOffset Now() => now();

    /// <inheritdoc/>
    public IReadOnlyList<IPAddress>? Resolve(string host) => null;
}
