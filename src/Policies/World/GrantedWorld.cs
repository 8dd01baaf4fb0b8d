using System.Net;
using System.Net.Sockets;
using GitOpsGate.Policies.Rego.Replay;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.World;

/// <summary>A world with what an operator grants to a bundle: time and chance as everywhere, and some hosts.</summary>
/// <param name="http">Asks; must not follow redirects by itself.</param>
public sealed class GrantedWorld(TimeProvider clock, int seed, WorldGrants grants, HttpClient http) : INondeterminism
{
    private Random? _chance;

    /// <inheritdoc/>
    public Random Chance => _chance ??= new Random(seed);

    /// <summary>The gate's version. OPA gives its configuration and its environment, too: those hold secrets.</summary>
    public RegoValue Runtime
    {
        get
        {
            if (!grants.Allows("opa.runtime")) return default;
            var runtime = new RegoObjectBuilder();
            runtime.Set("version", RegoValue.Of(typeof(GrantedWorld).Assembly.GetName().Version!.ToString(3)));
            return RegoValue.Of(runtime.Build());
        }
    }

    /// <inheritdoc/>
    public DateTimeOffset Now() => clock.GetUtcNow();

    /// <inheritdoc/>
    public IReadOnlyList<IPAddress>? Resolve(string host, CancellationToken cancellation)
    {
        if (!grants.Allows("net.lookup_ip_addr")) return null;
        if (!grants.AllowsName(host)) throw new WorldFailureException($"`{host}` is not in the bundle's `allowNet`");
        try
        {
            // Waited for here: an evaluation is one thread's work, and only this form can be cancelled.
            return Dns.GetHostAddressesAsync(host, cancellation).GetAwaiter().GetResult();
        }
        catch (SocketException trouble) when (trouble.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return [];
        }
        catch (SocketException trouble)
        {
            throw new WorldFailureException($"`{host}` could not be looked up: {trouble.Message}");
        }
    }

    /// <inheritdoc/>
    public RegoValue? Send(RegoObject request, CancellationToken cancellation) =>
        grants.Allows("http.send") ? new HttpSend(grants, http, request).Run(cancellation) : null;
}
