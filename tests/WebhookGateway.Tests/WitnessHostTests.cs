using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Composition;
using GitOpsGate.WebhookGateway.Witnesses;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>A witness as a log meets it: the protocol's answers over a real socket, its key, its memory, its command line.</summary>
public sealed class WitnessHostTests : IDisposable
{
    private readonly TempFolder _log = new();
    private readonly TempFolder _folder = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _log.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Each_answer_of_the_protocol_comes_when_it_should()
    {
        await using var gate = await StoredGateway.StartAsync(_log.Path);
        await gate.GrowAsync(20);
        var (log, key) = await gate.KeysAsync();
        await using var witness = await StartAsync(LogKeys.Of(key));
        var first = SignedNote.Parse(await gate.TextAsync($"{log}/checkpoint"));
        var size = Checkpoint.Parse(first.Text).Size;
        var given = await PostAsync(witness, $"old 0\n\n{first}");
        Assert.Equal((200, "text/plain"), (given.Status, given.Type));
        var cosigned = first.With(SignedNote.ParseLine(given.Body.TrimEnd('\n')));
        Assert.Equal(2, cosigned.Verify([key, witness.Key]).Length);
        Assert.Equal((409, "text/x.tlog.size", $"{size}\n"), await PostAsync(witness, $"old 0\n\n{first}"));

        await gate.GrowAsync(300);
        await Task.Delay(CheckpointDesk.Pace, Cancellation);
        var second = SignedNote.Parse(await gate.TextAsync($"{log}/checkpoint"));
        var grown = Checkpoint.Parse(second.Text).Size;
        var proof = await gate.TextAsync($"/audit/v1/consistency?from={size}&to={grown}");
        Assert.Equal(422, (await PostAsync(witness, $"old {size}\n\n{second}")).Status);
        Assert.Equal(200, (await PostAsync(witness, $"old {size}\n{proof}\n{second}")).Status);
        Assert.Equal(200, (await PostAsync(witness, $"old {grown}\n\n{second}")).Status);

        // The log's own key signs another history.
        var secret = Ed25519PrivateKey.FromPem(await File.ReadAllTextAsync(Path.Combine(_log.Path, "audit.pem"), Cancellation));
        Assert.Equal((409, "text/x.tlog.size", $"{grown}\n"), await PostAsync(witness, $"old {grown}\n\n{Forged(key.Name, grown, secret)}"));
        Assert.Equal(422, (await PostAsync(witness, $"old {grown}\n{proof}\n{Forged(key.Name, grown + 5, secret)}")).Status);
        Assert.Equal(400, (await PostAsync(witness, $"old {grown + 1}\n\n{second}")).Status);
        Assert.Equal(400, (await PostAsync(witness, $"old {grown}\n{second}")).Status);
        Assert.Equal(404, (await PostAsync(witness, $"old 0\n\n{Forged("other.example.org/log", 5, secret)}")).Status);
        Assert.Equal(403, (await PostAsync(witness, $"old {grown}\n\n{Forged(key.Name, grown + 5, Ed25519PrivateKey.New())}")).Status);
        Assert.Equal(200, (await PostAsync(witness, $"old {grown}\n\n{second}")).Status);
    }

    [Fact]
    public async Task What_is_no_request_of_the_protocol_is_refused_and_read_to_a_bound()
    {
        await using var witness = await StartAsync(LogKeys.Of(SomeKey()));
        using var bytes = new ByteArrayContent([0x6f, 0x6c, 0x64, 0xff]);
        using var wrong = await _http.PostAsync(new Uri($"{witness.Address}/add-checkpoint"), bytes, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using var large = new ByteArrayContent(new byte[WitnessHost.MostOfBody + 1]);
        using var refused = await _http.PostAsync(new Uri($"{witness.Address}/add-checkpoint"), large, Cancellation);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        using var get = await _http.GetAsync(new Uri($"{witness.Address}/add-checkpoint"), Cancellation);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
        using var other = await _http.GetAsync(new Uri(witness.Address), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact]
    public async Task A_key_that_the_log_has_ended_signs_nothing_more_for_it()
    {
        await using var gate = await StoredGateway.StartAsync(_log.Path);
        await gate.GrowAsync(20);
        var (log, key) = await gate.KeysAsync();
        await using var witness = await StartAsync(new LogKeys(key.Name, [new LogKey(key, 0, 5)]));
        Assert.Equal(403, (await PostAsync(witness, $"old 0\n\n{await gate.TextAsync($"{log}/checkpoint")}")).Status);
    }

    [Fact]
    public async Task The_key_is_made_once_for_its_owner_alone_and_the_name_is_kept()
    {
        var keys = LogKeys.Of(SomeKey());
        string key;
        await using (var witness = await StartAsync(keys))
        {
            key = witness.Key.ToString();
            Assert.Equal("w.example.org/w", witness.Key.Name);
            Assert.Equal(NoteAlgorithm.CosignatureV1, witness.Key.Algorithm);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder.Path, "w", "witness.pem")));
            var (code, errors) = await RunAsync("--log", SomeKey().ToString());
            Assert.Equal(2, code);
            Assert.Contains("another witness uses it", errors, StringComparison.Ordinal);
        }

        var (wrong, said) = await RunAsync("--name", "other.example.org/w", "--log", SomeKey().ToString());
        Assert.Equal(2, wrong);
        Assert.Contains("this witness is `w.example.org/w`", said, StringComparison.Ordinal);
        await using var again = await StartAsync(keys, null);
        Assert.Equal(key, again.Key.ToString());
    }

    [Fact]
    public async Task A_memory_that_is_damaged_cosigns_nothing_more()
    {
        await using var gate = await StoredGateway.StartAsync(_log.Path);
        await gate.GrowAsync(20);
        var (log, key) = await gate.KeysAsync();
        var note = await gate.TextAsync($"{log}/checkpoint");
        await using var witness = await StartAsync(LogKeys.Of(key));
        Assert.Equal(200, (await PostAsync(witness, $"old 0\n\n{note}")).Status);
        var memory = Path.Combine(_folder.Path, "w", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Name))));
        await File.WriteAllTextAsync(memory, "gone\n", Cancellation);
        Assert.Equal(500, (await PostAsync(witness, $"old 0\n\n{note}")).Status);
    }

    [Theory]
    [InlineData("`--folder` is missing", "--log", "KEY")]
    [InlineData("`--log` is missing", "--folder", "FOLDER")]
    [InlineData("stands twice", "--folder", "FOLDER", "--log", "KEY", "--log", "KEY")]
    [InlineData("is not a key", "--folder", "FOLDER", "--log", "nobody")]
    [InlineData("`127.0.0.1:8095` would be right", "--folder", "FOLDER", "--log", "KEY", "--listen", "8095")]
    [InlineData("needs a value", "--folder")]
    [InlineData("`--name` is missing at the first start", "--folder", "FOLDER", "--log", "KEY")]
    [InlineData("is no name of a key", "--folder", "FOLDER", "--log", "KEY", "--name", "two words")]
    public async Task A_command_line_that_cannot_be_is_refused_in_one_line(string said, params string[] arguments)
    {
        var key = SomeKey().ToString();
        string[] given = [.. arguments.Select(one => one switch { "KEY" => key, "FOLDER" => Path.Combine(_folder.Path, "w"), _ => one })];
        var errors = new StringWriter();
        Assert.Equal(2, await Startup.RunAsync(["witness", .. given], TextWriter.Null, errors));
        Assert.Contains(said, errors.ToString().Split('\n')[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_logs_file_of_keys_is_taken_whole()
    {
        var key = SomeKey();
        var file = Path.Combine(_folder.Path, "keys.json");
        using (var stream = File.Create(file))
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            new LogKeys(key.Name, [new LogKey(key, 3, 70)]).WriteTo(json);
            json.WriteEndObject();
        }

        var (options, problem) = WitnessOptions.Read(["--folder", "x", "--log", file, "--listen", "127.0.0.1:9000"]);
        Assert.Equal("", problem);
        Assert.Equal((3L, 70L), (options!.Logs[0].Keys[0].From, options.Logs[0].Keys[0].To));
        Assert.Equal(9000, options.Listen.Port);
    }

    private static NoteKey SomeKey()
    {
        using var signer = new Ed25519Signer("log.example.org/l", Ed25519PrivateKey.FromSeed(new byte[32]));
        return signer.Key;
    }

    private static SignedNote Forged(string origin, long size, Ed25519PrivateKey key)
    {
        using var signer = new Ed25519Signer(origin, key);
        var text = new Checkpoint(origin, size, SHA256.HashData(Encoding.UTF8.GetBytes(size.ToString(CultureInfo.InvariantCulture)))).ToString();
        return new SignedNote(text, [signer.Sign(text, default)]);
    }

    private Task<WitnessHost> StartAsync(LogKeys keys, string? name = "w.example.org/w") => WitnessHost.StartAsync(
        new WitnessOptions(Path.Combine(_folder.Path, "w"), name, [keys], new IPEndPoint(IPAddress.Loopback, 0)), TimeProvider.System, Cancellation);

    private async Task<(int Code, string Errors)> RunAsync(params string[] arguments)
    {
        var errors = new StringWriter();
        return (await Startup.RunAsync(["witness", "--folder", Path.Combine(_folder.Path, "w"), .. arguments], TextWriter.Null, errors), errors.ToString());
    }

    private async Task<(int Status, string? Type, string Body)> PostAsync(WitnessHost witness, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        using var answer = await _http.PostAsync(new Uri($"{witness.Address}/add-checkpoint"), content, Cancellation);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(Cancellation));
    }
}
