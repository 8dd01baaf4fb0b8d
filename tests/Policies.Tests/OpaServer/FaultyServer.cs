using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GitOpsGate.Policies.Tests.OpaServer;

/// <summary>
/// A server that answers as a test tells it, down to the bytes: one reply per connection, in order; the last one stays. An empty
/// reply closes the connection without a word, null keeps it open in silence.
/// </summary>
internal sealed class FaultyServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ends = new();
    private readonly ConcurrentQueue<string?> _replies = new();
    private readonly Task _serving;
    private string? _last;

    public FaultyServer(params string?[] replies)
    {
        foreach (var reply in replies) _replies.Enqueue(reply);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>The request lines that arrived.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public static string Answer(int status, string body) =>
        $"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public void Dispose()
    {
        _ends.Cancel();
        _listener.Stop();
        _serving.GetAwaiter().GetResult();
        _ends.Dispose();
    }

    private async Task ServeAsync()
    {
        var open = new List<TcpClient>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_ends.Token);
                open.Add(client);
                Requests.Enqueue(await ReadRequestAsync(client.GetStream()));
                if (_replies.TryDequeue(out var reply)) _last = reply;
                if (_last is null) continue;
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(_last), _ends.Token);
                client.Close();
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or IOException or InvalidOperationException)
        {
            foreach (var client in open) client.Dispose();
        }
    }

    private async Task<string> ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var part = new byte[4096];
        while (true)
        {
            var read = await stream.ReadAsync(part, _ends.Token);
            if (read == 0) break;
            text.Append(Encoding.UTF8.GetString(part, 0, read));
            var head = text.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head < 0) continue;
            var length = text.ToString().Split("\r\n")
                .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                .Select(line => int.Parse(line[15..])).FirstOrDefault();
            if (text.Length - head - 4 >= length) break;
        }

        return text.ToString().Split("\r\n")[0];
    }
}
