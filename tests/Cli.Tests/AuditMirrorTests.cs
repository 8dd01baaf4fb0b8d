using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary>A log is copied over HTTP and checked offline; a server that never ends is left.</summary>
public sealed class AuditMirrorTests : IDisposable
{
    private const string Origin = "gate.example.org/audit/t_1";
    private static readonly byte[][] Leaves = [.. Enumerable.Range(0, 300).Select(number => Encoding.ASCII.GetBytes($"leaf {number}"))];
    private readonly Ed25519PrivateKey _key = Ed25519PrivateKey.FromSeed(new byte[32]);
    private readonly TestFolder _folder = new();
    private readonly HttpListener _listener = new();
    private readonly List<string> _asked = [];
    private readonly string _address;
    private Func<string, byte[]?> _answer;

    public AuditMirrorTests()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        _address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        free.Stop();
        _listener.Prefixes.Add(_address + "/");
        _listener.Start();
        _answer = Honest(300);
        _ = ServeAsync();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Key => NoteKey.Of(Origin, NoteAlgorithm.Ed25519, _key.PublicKey.Span).ToString();

    private string Copy => Path.Combine(_folder.Path, "copy");

    public void Dispose()
    {
        _listener.Close();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_gateways_log_is_copied_with_a_token_and_anybody_elses_without()
    {
        _answer = Honest(200);
        var (code, output, errors) = await GateProgram.RunAsync("audit", "mirror", Copy, "--key", Key, "--gateway", _address, "--token", "secret");
        Assert.True(code == 0, output + errors);
        Assert.Contains($"mirrored: 200 entries of {Origin}, 200 of them new", output, StringComparison.Ordinal);
        var root = "/audit/v1/log/" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Origin)));
        Assert.All(_asked, one => Assert.StartsWith($"Bearer secret {root}/", one, StringComparison.Ordinal));
        Assert.Contains($"Bearer secret {root}/tile/entries/000.p/200", _asked);
        _asked.Clear();
        _answer = Honest(300);
        var keys = _folder.Write("keys.json", $$"""{"origin":"{{Origin}}","keys":[{"vkey":"{{Key}}"}]}""");
        (code, output, errors) = await GateProgram.RunAsync("audit", "mirror", Copy, "--key", keys, "--log", _address + "/mine", "--token", "secret", "--json");
        Assert.True(code == 0, output + errors);
        Assert.All(_asked, one => Assert.StartsWith(" /mine/", one, StringComparison.Ordinal));
        using var report = JsonDocument.Parse(output);
        Assert.Equal((300, 200), (report.RootElement.GetProperty("size").GetInt32(), report.RootElement.GetProperty("before").GetInt32()));
        Assert.True(File.Exists(Path.Combine(Copy, "tile/0/000")) && File.Exists(Path.Combine(Copy, "tile/entries/001.p/44")));

        // Offline from here on.
        _listener.Close();
        (code, output, errors) = await GateProgram.RunAsync("audit", "mirror", Copy, "--key", Key, "--check");
        Assert.True(code == 0, output + errors);
        Assert.Contains($"verified: 300 entries of {Origin}", output, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(Path.Combine(Copy, "tile/0/000"), new byte[8192], Cancellation);
        (code, _, errors) = await GateProgram.RunAsync("audit", "mirror", Copy, "--key", Key, "--check");
        Assert.Equal(1, code);
        Assert.Contains("`tile/0/000` is not what the signed tree holds there", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData("tile/0/000")]
    [InlineData("tile/entries/000")]
    public async Task An_answer_without_end_is_left_in_the_middle(string address)
    {
        var honest = Honest(300);
        _answer = asked => asked == address ? [] : honest(asked);
        var (code, _, errors) = await GateProgram.RunAsync("audit", "mirror", Copy, "--key", Key, "--log", _address);
        Assert.Equal(1, code);
        Assert.Contains($"`{address}` has more than", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Copy, "checkpoint")));
    }

    [Fact]
    public async Task A_log_that_shrank_is_an_answer_of_no_and_silence_is_a_gateways_trouble()
    {
        Assert.Equal(0, (await GateProgram.RunAsync("audit", "mirror", Copy, "--key", Key, "--log", _address)).Code);
        _answer = Honest(12);
        var (code, _, errors) = await GateProgram.RunAsync("audit", "mirror", Copy, "--key", Key, "--log", _address);
        Assert.Equal(1, code);
        Assert.Contains("the log shrank: it gives 12 entries, and 300 were copied already", errors, StringComparison.Ordinal);
        _listener.Close();
        (code, _, errors) = await GateProgram.RunAsync("audit", "mirror", Copy, "--key", Key, "--log", _address);
        Assert.Equal(3, code);
        Assert.Contains("does not answer", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not-a-key", "--log", "http://127.0.0.1:1")]
    [InlineData(null, "--log", "nowhere")]
    [InlineData(null, "--check", "--log", "http://127.0.0.1:1")]
    public async Task What_cannot_be_asked_is_not_asked(string? key, params string[] more)
    {
        var (code, _, errors) = await GateProgram.RunAsync(["audit", "mirror", Copy, "--key", key ?? Key, .. more]);
        Assert.Equal(2, code);
        Assert.NotEmpty(errors);
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("either `--from-mirror FOLDER` or `--new-epoch`", "--from-mirror", "x", "--new-epoch", "--reason", "y")]
    [InlineData("either `--from-mirror FOLDER` or `--new-epoch`")]
    [InlineData("belong together", "--new-epoch")]
    [InlineData("belong together", "--from-mirror", "x", "--reason", "y")]
    [InlineData("is not here", "--from-mirror", "x", "--program", "not-here")]
    public async Task A_recovery_that_is_not_understood_starts_nothing(string said, params string[] arguments)
    {
        var (code, _, errors) = await GateProgram.RunAsync(["audit", "recover", .. arguments]);
        Assert.Equal(2, code);
        Assert.Contains(said, errors, StringComparison.Ordinal);
    }

    private Func<string, byte[]?> Honest(int size)
    {
        var (tree, full) = (new TiledTree(), new List<Tile>());
        var hashes = Leaves[..size].Select(leaf => MerkleTree.LeafHash(leaf)).ToArray();
        foreach (var hash in hashes) tree.Append(hash, full);
        using var signer = new Ed25519Signer(Origin, _key);
        var text = new Checkpoint(Origin, size, tree.Root()).ToString();
        var note = Encoding.UTF8.GetBytes(new SignedNote(text, [signer.Sign(text, default)]).ToString());
        return address =>
        {
            if (address == "checkpoint") return note;
            if (!TilePath.TryParse(address, out var path) || !TilePath.Of(size).Contains(path)) return null;
            var first = (int)path.Index * TiledTree.Width;
            return path.Level switch
            {
                TilePath.Entries => EntryBundle.Write(Leaves.Skip(first).Take(path.Width).Select(leaf => (ReadOnlyMemory<byte>)leaf)),
                0 => [.. hashes.Skip(first).Take(path.Width).SelectMany(hash => hash)],
                _ => full[0].Root.ToArray(),
            };
        };
    }

    // No bytes stand for an answer without end.
    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                var path = context.Request.RawUrl!;
                lock (_asked) _asked.Add($"{context.Request.Headers["Authorization"]} {path}");
                var answer = _answer(path[Math.Max(path.LastIndexOf("checkpoint", StringComparison.Ordinal), path.IndexOf("tile/", StringComparison.Ordinal))..]);
                if (answer is null) context.Response.StatusCode = 404;
                else if (answer.Length > 0) await context.Response.OutputStream.WriteAsync(answer, Cancellation);
                else await EndlessAsync(context.Response);
                context.Response.Close();
            }
            catch (Exception trouble) when (trouble is HttpListenerException or ObjectDisposedException or IOException)
            {
                // Whoever asked has gone, or the test is over.
            }
        }
    }

    private static async Task EndlessAsync(HttpListenerResponse response)
    {
        response.SendChunked = true;
        while (true) await response.OutputStream.WriteAsync(new byte[1 << 16], Cancellation);
    }
}
