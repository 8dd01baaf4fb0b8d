using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Webhook;

namespace GitOpsGate.Targets.Sinks;

/// <summary>
/// Sends batches to a syslog server over TCP, or over TLS (RFC 5425). Syslog has no acknowledgement; the nearest to one is an orderly end: a batch has
/// a connection of its own, the gate closes its side after the last byte, and the server closes the other side once it has read everything. A reset, or
/// silence, is none.
/// </summary>
internal sealed class SyslogSink(SinkSource source, TimeProvider clock) : ISink
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Name => source.Name;

    private bool IsSecure => source.Address!.Scheme == "tls";

    public async Task<SinkAnswer> SendAsync(SinkBatch batch, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            await using var wire = (NetworkStream)await GuardedHttp.ConnectAsync(
                new DnsEndPoint(source.Address!.Host, source.Address.Port), source.AllowPrivate, either.Token);
            await TalkAsync(wire, batch, either.Token);
            return new SinkAnswer.Kept();
        }
        catch (Exception trouble) when (trouble is AddressRefusedException or SocketException or IOException or AuthenticationException or CryptographicException)
        {
            return new SinkAnswer.NotKept($"the server did not take it: {trouble.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new SinkAnswer.NotKept($"the server did not close the connection within {Patience.TotalSeconds:0} seconds, so nobody knows what it has");
        }
    }

    private async Task TalkAsync(NetworkStream wire, SinkBatch batch, CancellationToken cancellation)
    {
        await using var secure = IsSecure ? new SslStream(wire, leaveInnerStreamOpen: true) : null;
        if (secure is not null) await secure.AuthenticateAsClientAsync(Options(), cancellation);
        Stream stream = secure is null ? wire : secure;
        foreach (var leaf in batch.Leaves) await stream.WriteAsync(SyslogMessage.Frame(leaf, source.View, batch.Place), cancellation);
        await stream.FlushAsync(cancellation);
        if (secure is not null) await secure.ShutdownAsync();
        wire.Socket.Shutdown(SocketShutdown.Send);
        var rest = new byte[256];
        while (await stream.ReadAsync(rest, cancellation) > 0)
        {
            // A syslog server has nothing to say; what it says all the same is not for us.
        }
    }

    private SslClientAuthenticationOptions Options()
    {
        var options = new SslClientAuthenticationOptions { TargetHost = source.Address!.Host };
        if (source.Authorities is not { } file) return options;
        var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        chain.CustomTrustStore.ImportFromPemFile(file);
        options.CertificateChainPolicy = chain;
        return options;
    }
}
