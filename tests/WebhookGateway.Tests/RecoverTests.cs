using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Composition;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>A database that was put back to an older copy: refused, then brought on again from a mirror or under a new name, and never quietly.</summary>
public sealed class RecoverTests : IDisposable
{
    private readonly TempFolder _data = new();
    private readonly TempFolder _beside = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private MirrorFolder Mirror => new(Path.Combine(_beside.Path, "mirror"));

    private MirrorFolder EarlyMirror => new(Path.Combine(_beside.Path, "early"));

    public void Dispose()
    {
        _data.Dispose();
        _beside.Dispose();
    }

    [Fact]
    public async Task A_mirror_gives_the_lost_entries_back_and_the_log_goes_on()
    {
        var lost = await PutBackAsync();
        var (code, errors) = await RunAsync("--port", "0");
        Assert.Equal(2, code);
        Assert.Matches($"log rolled back: local \\d+ < {lost.Size} ", errors);
        (code, errors) = await RunAsync("recover", "--from-mirror", EarlyMirror.Path);
        Assert.Equal(1, code);
        Assert.Contains("a newer mirror would be right", errors, StringComparison.Ordinal);
        (code, errors) = await RunAsync("recover", "--from-mirror", Mirror.Path);
        Assert.True(code == 0, errors);

        await using var gate = await StoredGateway.StartAsync(_data.Path);
        await gate.Desk.CheckAsync(Cancellation);
        var verification = await gate.Get<IAuditReader>().VerifyAsync(Cancellation);
        Assert.Empty(verification.Problems);
        Assert.Equal(lost.Size + 1, verification.Size);
        var (index, entry) = await NewestAsync(gate, AuditTypes.LogRecovered);
        Assert.Equal(lost.Size, index);
        Assert.Equal(lost.Size, entry.GetProperty("attrs").GetProperty("to").GetInt64());
        await gate.GrowAsync(3, "deploy:prod");
        await gate.GrowAsync(300);
        Assert.Empty((await gate.Get<IAuditReader>().VerifyAsync(Cancellation)).Problems);
        Assert.Equal(verification.Size + 303, (await CopyAsync(gate, Mirror)).Head.Size);
        Assert.Equal(verification.Size + 303, (await CopyAsync(gate, EarlyMirror)).Head.Size);
    }

    [Fact]
    public async Task A_database_that_is_lost_as_a_whole_gets_its_log_from_the_mirror()
    {
        var lost = await PutBackAsync();
        foreach (var file in Directory.EnumerateFiles(_data.Path, "gate.db*")) File.Delete(file);
        var (code, errors) = await RunAsync("--port", "0");
        Assert.Equal(2, code);
        Assert.Contains("but the database holds none", errors, StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(_data.Path, "gate.db*")) File.Delete(file);
        (code, errors) = await RunAsync("recover", "--from-mirror", EarlyMirror.Path);
        Assert.Equal(1, code);
        Assert.Contains("a newer mirror would be right", errors, StringComparison.Ordinal);
        (code, errors) = await RunAsync("recover", "--from-mirror", Mirror.Path);
        Assert.True(code == 0, errors);
        await using var gate = await StoredGateway.StartAsync(_data.Path);
        await gate.Desk.CheckAsync(Cancellation);
        var verification = await gate.Get<IAuditReader>().VerifyAsync(Cancellation);
        Assert.Empty(verification.Problems);
        Assert.Equal(lost.Size + 1, verification.Size);
        Assert.Equal(lost.Origin, (await gate.KeysAsync()).Key.Name);
        await gate.GrowAsync(3, "deploy:prod", "config");
        Assert.Empty((await gate.Get<IAuditReader>().VerifyAsync(Cancellation)).Problems);
        Assert.Equal(verification.Size + 3, (await CopyAsync(gate, Mirror)).Head.Size);
    }

    [Fact]
    public async Task A_log_that_is_whole_is_left_alone_and_a_second_run_has_nothing_to_do()
    {
        await using (var gate = await StoredGateway.StartAsync(_data.Path))
        {
            await gate.GrowAsync(20);
            await CopyAsync(gate, Mirror);
        }

        foreach (var arguments in (string[][])[["--from-mirror", Mirror.Path], ["--new-epoch", "--reason", "why not"]])
        {
            var (code, errors) = await RunAsync(["recover", .. arguments]);
            Assert.Equal(1, code);
            Assert.Contains("the log is whole", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_damaged_mirror_and_one_of_another_log_give_nothing()
    {
        await PutBackAsync();
        var file = Path.Combine(Mirror.Path, "tile/entries/000");
        var bytes = await File.ReadAllBytesAsync(file, Cancellation);
        bytes[50] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancellation);
        var (code, errors) = await RunAsync("recover", "--from-mirror", Mirror.Path);
        Assert.Equal(1, code);
        Assert.Contains("`tile/entries/000` is not what the signed tree holds there", errors, StringComparison.Ordinal);
        (code, errors) = await RunAsync("recover", "--from-mirror", Path.Combine(_beside.Path, "nothing"));
        Assert.Equal(1, code);
        Assert.Contains("is no mirror", errors, StringComparison.Ordinal);

        using var other = new TempFolder();
        var otherMirror = new MirrorFolder(Path.Combine(_beside.Path, "other"));
        await using (var gate = await StoredGateway.StartAsync(other.Path))
        {
            await gate.GrowAsync(2000);
            await CopyAsync(gate, otherMirror);
        }

        (code, errors) = await RunAsync("recover", "--from-mirror", otherMirror.Path);
        Assert.Equal(1, code);
        Assert.Contains("it is the checkpoint of", errors, StringComparison.Ordinal);
        (code, errors) = await RunAsync("--port", "0");
        Assert.Equal(2, code);
        Assert.Contains("log rolled back", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_mirror_the_log_goes_on_under_a_new_name_that_says_what_was_lost()
    {
        var lost = await PutBackAsync();
        var (code, errors) = await RunAsync("recover", "--new-epoch", "--reason", "the disk is gone, and no mirror was kept");
        Assert.True(code == 0, errors);
        await using var gate = await StoredGateway.StartAsync(_data.Path);
        await gate.Desk.CheckAsync(Cancellation);
        Assert.Empty((await gate.Get<IAuditReader>().VerifyAsync(Cancellation)).Problems);
        var (log, key) = await gate.KeysAsync();
        Assert.Equal($"{lost.Origin}/e2", key.Name);
        Assert.Equal($"{lost.Origin}/e2", LogKeys.Of(key).Verify(SignedNote.Parse(await gate.TextAsync($"{log}/checkpoint"))).Origin);
        var (index, entry) = await NewestAsync(gate, AuditTypes.LogOpened);
        var attributes = entry.GetProperty("attrs");
        Assert.Equal((index, lost.Size - index), (attributes.GetProperty("kept").GetInt64(), attributes.GetProperty("lost").GetInt64()));
        Assert.Equal("the disk is gone, and no mirror was kept", attributes.GetProperty("reason").GetString());
        var embedded = SignedNote.Parse(attributes.GetProperty("checkpoint").GetString()!);
        Assert.Equal(lost.Size, LogKeys.Of(NoteKey.Of(lost.Origin, NoteAlgorithm.Ed25519, key.Material.Span)).Verify(embedded).Size);

        // Whoever holds the old name is told, and nothing is mixed.
        var old = LogKeys.Of(NoteKey.Of(lost.Origin, NoteAlgorithm.Ed25519, key.Material.Span));
        var trouble = await Assert.ThrowsAsync<LogRefusedException>(() => new MirrorCopy(new GatewayLogSource(gate, log), Mirror, old).RunAsync(Cancellation));
        Assert.Contains($"it is the checkpoint of `{lost.Origin}/e2`", trouble.Message, StringComparison.Ordinal);
        await gate.GrowAsync(3, "deploy:prod");
        Assert.Empty((await gate.Get<IAuditReader>().VerifyAsync(Cancellation)).Problems);
        await gate.Desk.CheckAsync(Cancellation);
    }

    [Fact]
    public async Task A_key_that_only_the_lost_entries_announced_still_counts_and_is_known_again()
    {
        await using (var gate = await StoredGateway.StartAsync(_data.Path)) await gate.GrowAsync(20);
        Copy(_data.Path, _beside.Path);
        string fresh;
        await using (var gate = await StoredGateway.StartAsync(_data.Path))
        {
            var (keyring, actor) = (gate.Get<LogKeyring>(), new AuditActor("user", "a_1"));
            fresh = (await keyring.RotateAsync(actor, Cancellation))!.Key.ToString();
            var first = (await keyring.KeysAsync(Cancellation))!.Keys[0];
            await keyring.EndAsync(first, 20, "stolen", actor, Cancellation);
            await CopyAsync(gate, Mirror);
        }

        Copy(_beside.Path, _data.Path);
        var (code, errors) = await RunAsync("--port", "0");
        Assert.Equal(2, code);
        Assert.Contains("log rolled back", errors, StringComparison.Ordinal);
        (code, errors) = await RunAsync("recover", "--from-mirror", Mirror.Path);
        Assert.True(code == 0, errors);
        await using var again = await StoredGateway.StartAsync(_data.Path);
        var keys = (await again.Get<LogKeyring>().KeysAsync(Cancellation))!;
        Assert.Equal([20, null], keys.Keys.Select(one => one.To));
        Assert.Equal(fresh, keys.Keys[1].Key.ToString());
    }

    [Theory]
    [InlineData("recover")]
    [InlineData("recover", "--from-mirror")]
    [InlineData("recover", "--new-epoch")]
    [InlineData("recover", "--from-mirror", "x", "--new-epoch", "--reason", "y")]
    [InlineData("recover", "--from-mirror", "x", "--reason", "y")]
    [InlineData("recover", "--more", "x")]
    public async Task A_command_line_that_is_not_understood_changes_nothing(params string[] arguments)
    {
        var errors = new StringWriter();
        Assert.Equal(2, await Startup.RunAsync(arguments, new StringWriter(), errors));
        Assert.Contains("usage: GitOpsGate.WebhookGateway recover", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_runs_keeps_its_log_to_itself()
    {
        await using var gate = await StoredGateway.StartAsync(_data.Path);
        var (code, errors) = await RunAsync("recover", "--new-epoch", "--reason", "in a hurry");
        Assert.Equal(2, code);
        Assert.Contains("is in use by another gateway", errors, StringComparison.Ordinal);
    }

    /// <summary>A log of which a copy of the database was made, which then grew and was mirrored, and was put back.</summary>
    /// <returns>What was given out before that.</returns>
    private async Task<Checkpoint> PutBackAsync()
    {
        await using (var gate = await StoredGateway.StartAsync(_data.Path))
        {
            await gate.GrowAsync(30, "deploy:prod", "config");
            await CopyAsync(gate, EarlyMirror);
        }

        Copy(_data.Path, _beside.Path);
        Checkpoint lost;
        await using (var gate = await StoredGateway.StartAsync(_data.Path))
        {
            await gate.GrowAsync(500, "deploy:prod");
            await gate.GrowAsync(40, "config");
            lost = (await CopyAsync(gate, Mirror)).Head;
        }

        Copy(_beside.Path, _data.Path);
        return lost;
    }

    private async Task<MirrorReport> CopyAsync(StoredGateway gate, MirrorFolder mirror)
    {
        // The head is signed anew at most so often.
        await Task.Delay(CheckpointDesk.Pace, Cancellation);
        using var document = JsonDocument.Parse(await gate.TextAsync("/audit/v1/keys.json"));
        var keys = LogKeys.Parse(document.RootElement.GetRawText());
        return await new MirrorCopy(new GatewayLogSource(gate, document.RootElement.GetProperty("log").GetString()!), mirror, keys).RunAsync(Cancellation);
    }

    private static async Task<(long Index, JsonElement Entry)> NewestAsync(StoredGateway gate, string type)
    {
        var size = (await gate.Get<IAuditReader>().HeadAsync(Cancellation)).Size;
        foreach (var leaf in (await gate.Get<IAuditReader>().ReadAsync(0, (int)size, Cancellation)).Reverse())
        {
            using var document = JsonDocument.Parse(leaf.Bytes);
            if (document.RootElement.GetProperty("type").GetString() == type) return (leaf.Index, document.RootElement.Clone());
        }

        throw new InvalidOperationException($"the log has no `{type}`");
    }

    private async Task<(int Code, string Errors)> RunAsync(params string[] arguments)
    {
        var config = Path.Combine(_beside.Path, "gate.yaml");
        await File.WriteAllTextAsync(config, $"""
            publicUrl: http://127.0.0.1:1
            data: {_data.Path}
            connections:
              - name: hub
                forge: github
                token: literal:t
                webhookSecrets: [literal:s]
            """, Cancellation);
        var errors = new StringWriter();
        return (await Startup.RunAsync([.. arguments, "--config", config], TextWriter.Null, errors), errors.ToString());
    }

    // The database alone, as a restored backup would: the anchor stays.
    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(to, "gate.db*")) File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(from, "gate.db*")) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
