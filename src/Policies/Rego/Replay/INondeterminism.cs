using System.Net;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Replay;

/// <summary>
/// What policies may learn that is not in their input: the time, chance, and what capabilities of their bundle turn on. One is made for
/// each evaluation and is used by its thread alone; an evaluation asks for each thing once, and what it was told is recorded. A function
/// whose capability is off ends the evaluation with an error that names it, because undefined could be taken for consent.
/// </summary>
public interface INondeterminism
{
    /// <summary>The time that the whole evaluation sees.</summary>
    DateTimeOffset Now();

    /// <summary>Where <c>rand.intn</c> and <c>uuid.rfc4122</c> take their numbers from.</summary>
    Random Chance { get; }

    /// <summary>
    /// Capability <c>net.lookup_ip_addr</c>: the addresses of a host, none when it is not known; null when the capability is off.
    /// </summary>
    /// <param name="host">The name as the policy gave it.</param>
    /// <param name="cancellation">Ends with the evaluation.</param>
    IReadOnlyList<IPAddress>? Resolve(string host, CancellationToken cancellation) => null;

    /// <summary>
    /// Capability <c>http.send</c>: the response in the form of OPA's function (reference, "HTTP"); null when the capability is off.
    /// </summary>
    /// <param name="request">Has only keys that are known, <c>method</c> and <c>url</c> among them.</param>
    /// <param name="cancellation">Ends with the evaluation.</param>
    RegoValue? Send(RegoObject request, CancellationToken cancellation) => null;

    /// <summary>What <c>opa.runtime</c> gives; undefined for the empty object, which an OPA without configuration gives too.</summary>
    RegoValue Runtime => default;
}

/// <summary>The usual world of a gate: a given clock and a given seed, and no capability is on.</summary>
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
}
