using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using GitOpsGate.Audit;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Sinks;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Targets.Tests.Sinks;

/// <summary>Syslog over TCP and TLS, against a server on a real socket.</summary>
public partial class SyslogSinkTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_are_counted_in_bytes_and_end_with_the_leaf_itself()
    {
        using var server = new SyslogServer();
        var batch = SinkSample.Batch(outcome: AuditOutcome.Deny);
        Assert.IsType<SinkAnswer.Kept>(await Sink(server, "tcp").SendAsync(batch, Cancellation));
        var messages = Messages(Assert.Single(server.Received));
        Assert.Equal(batch.Leaves.Length, messages.Count);
        foreach (var (message, leaf) in messages.Zip(batch.Leaves))
        {
            var match = Form().Match(message);
            Assert.True(match.Success, message);
            // Log audit and warning: 13 × 8 + 4.
            Assert.Equal(("108", "gate.example.org", "config.changed", leaf.Index.ToString()), (
                match.Groups["pri"].Value, match.Groups["host"].Value, match.Groups["id"].Value, match.Groups["seq"].Value));
            Assert.Equal(LeafFields.Read(leaf.Bytes).At, DateTimeOffset.Parse(match.Groups["time"].Value, null));
            Assert.Equal(Encoding.UTF8.GetString(leaf.Bytes.Span), match.Groups["text"].Value);
            Assert.Equal(Convert.ToHexStringLower(MerkleTree.LeafHash(Encoding.UTF8.GetBytes(match.Groups["text"].Value))), match.Groups["hash"].Value);
        }
    }

    [Fact]
    public async Task A_server_that_resets_after_it_has_read_all_gets_the_same_again()
    {
        using var server = new SyslogServer { Resets = true };
        var sink = Sink(server, "tcp");
        Assert.IsType<SinkAnswer.NotKept>(await sink.SendAsync(SinkSample.Batch(), Cancellation));
        server.Resets = false;
        Assert.IsType<SinkAnswer.Kept>(await sink.SendAsync(SinkSample.Batch(), Cancellation));
        Assert.Equal(2, server.Received.Count);
        Assert.Equal(server.Received[0], server.Received[1]);
    }

    [Fact]
    public async Task Nobody_there_and_nobody_who_ends_are_both_told()
    {
        var nobody = SinkRegistration.Make(SinkSample.Source(SinkKind.Syslog, "tcp://127.0.0.1:1"), TimeProvider.System);
        Assert.IsType<SinkAnswer.NotKept>(await nobody.SendAsync(SinkSample.Batch(), Cancellation));
        using var server = new SyslogServer { Hangs = true };
        var clock = new ManualTimeProvider();
        var answer = Sink(server, "tcp", clock).SendAsync(SinkSample.Batch(), Cancellation);
        await server.Reached.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Contains("nobody knows", Assert.IsType<SinkAnswer.NotKept>(await answer).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_TLS_the_server_must_be_of_a_known_authority()
    {
        using var folder = new TempFolder();
        using var certificate = Certificate("localhost");
        var authorities = Path.Combine(folder.Path, "ca.pem");
        await File.WriteAllTextAsync(authorities, certificate.ExportCertificatePem(), Cancellation);
        using var server = new SyslogServer(certificate);
        var batch = SinkSample.Batch();
        var source = SinkSample.Source(SinkKind.Syslog, $"tls://localhost:{server.Port}") with { Authorities = authorities };
        Assert.IsType<SinkAnswer.Kept>(await SinkRegistration.Make(source, TimeProvider.System).SendAsync(batch, Cancellation));
        Assert.Equal(batch.Leaves.Length, Messages(Assert.Single(server.Received)).Count);
        Assert.IsType<SinkAnswer.NotKept>(await SinkRegistration.Make(source with { Authorities = null }, TimeProvider.System).SendAsync(batch, Cancellation));
        Assert.IsType<SinkAnswer.NotKept>(
            await SinkRegistration.Make(source with { Address = new Uri($"tls://127.0.0.1:{server.Port}") }, TimeProvider.System).SendAsync(batch, Cancellation));
        Assert.Single(server.Received);
    }

    private static ISink Sink(SyslogServer server, string scheme, TimeProvider? clock = null) =>
        SinkRegistration.Make(SinkSample.Source(SinkKind.Syslog, $"{scheme}://127.0.0.1:{server.Port}"), clock ?? TimeProvider.System);

    private static List<string> Messages(byte[] stream)
    {
        var messages = new List<string>();
        for (var at = 0; at < stream.Length;)
        {
            var space = Array.IndexOf(stream, (byte)' ', at);
            var length = int.Parse(Encoding.ASCII.GetString(stream, at, space - at));
            messages.Add(Encoding.UTF8.GetString(stream, space + 1, length));
            at = space + 1 + length;
        }

        return messages;
    }

    private static X509Certificate2 Certificate(string host)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    [GeneratedRegex("^<(?<pri>\\d+)>1 (?<time>\\S+) (?<host>\\S+) gitops-gate - (?<id>\\S+) \\[gog@32473 seq=\"(?<seq>\\d+)\" id=\"\\w{26}\" leaf_sha256=\"(?<hash>[0-9a-f]{64})\" view=\"jsonl\"\\] (?<text>\\{.*\\})$")]
    private static partial Regex Form();
}

/// <summary>A syslog server that keeps what it reads, and ends connections as it is told.</summary>
internal sealed class SyslogServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2? _certificate;
    private readonly CancellationTokenSource _end = new();

    public SyslogServer(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public List<byte[]> Received { get; } = [];

    public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it resets a connection once it has kept all of it.</summary>
    public bool Resets { get; set; }

    /// <summary>Whether it never ends a connection.</summary>
    public bool Hangs { get; set; }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync(_end.Token);
            }
            catch (Exception trouble) when (trouble is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                await ServeAsync(socket);
            }
            catch (Exception trouble) when (trouble is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
            {
                // A client that does not trust us hangs up in the middle of the greeting.
                socket.Dispose();
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var wire = new NetworkStream(socket, ownsSocket: true);
        await using var secure = _certificate is null ? null : new SslStream(wire, leaveInnerStreamOpen: true);
        if (secure is not null) await secure.AuthenticateAsServerAsync(_certificate!);
        using var all = new MemoryStream();
        await (secure ?? (Stream)wire).CopyToAsync(all, _end.Token);
        if (all.Length > 0) Received.Add(all.ToArray());
        Reached.TrySetResult();
        if (Hangs) await Task.Delay(Timeout.Infinite, _end.Token);
        if (!Resets) return;
        // Without lingering a close is a reset; the stream's own would be an orderly one.
        socket.LingerState = new LingerOption(true, 0);
        socket.Close(0);
    }
}
