using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>The audit log on a real database, as a stranger with a token reads it; and what happens when the database is put back.</summary>
public class LogTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stranger_copies_the_log_by_its_addresses_and_derives_the_signed_root()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(600);
        var (log, key) = await gate.KeysAsync();
        var checkpoint = Checkpoint.Parse(Verified(await gate.TextAsync($"{log}/checkpoint"), key).Text);
        Assert.InRange(checkpoint.Size, 600, 700);
        var entries = new List<byte[]>();
        foreach (var path in TilePath.Of(checkpoint.Size).Where(path => path.Level == TilePath.Entries))
        {
            entries.AddRange(EntryBundle.Read(await gate.BytesAsync($"{log}/{path}")).Select(entry => entry.ToArray()));
        }

        var tree = new Frontier();
        foreach (var entry in entries) tree.Append(MerkleTree.LeafHash(entry));
        Assert.Equal(checkpoint.Size, tree.Size);
        Assert.Equal(checkpoint.Root.ToArray(), tree.Root());
        Assert.All(entries, (entry, index) => Assert.Equal(index, JsonDocument.Parse(entry).RootElement.GetProperty("seq").GetInt32()));
        var leaves = await gate.BytesAsync($"{log}/tile/0/001");
        Assert.Equal(entries.Skip(256).Take(256).SelectMany(entry => MerkleTree.LeafHash(entry)), leaves);
        Assert.Equal(TiledTree.RootOf(leaves), (await gate.BytesAsync($"{log}/tile/1/000.p/2"))[32..]);
        Assert.Equal(entries.Skip(512).Select(entry => Encoding.UTF8.GetString(entry)), (await gate.TextAsync("/audit/v1/events?after=511")).TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task An_entry_is_proven_by_one_file_and_a_size_by_the_one_before_it()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(300);
        var (log, key) = await gate.KeysAsync();
        var before = Checkpoint.Parse(Verified(await gate.TextAsync($"{log}/checkpoint"), key).Text);
        foreach (var index in (long[])[0, 255, 256, before.Size - 1])
        {
            var file = ProofFile.Parse(await gate.TextAsync($"/audit/v1/proof/{index}"));
            Assert.InRange(file.Verify([key]).Size, before.Size, before.Size + 50);
            using var leaf = JsonDocument.Parse(file.Extra!.Value);
            Assert.Equal(index, leaf.RootElement.GetProperty("seq").GetInt64());
        }

        await gate.GrowAsync(300);
        await Task.Delay(CheckpointDesk.Pace, Cancellation);
        var after = Checkpoint.Parse(Verified(await gate.TextAsync($"{log}/checkpoint"), key).Text);
        Assert.True(after.Size > before.Size);
        var proof = (await gate.TextAsync($"/audit/v1/consistency?from={before.Size}&to={after.Size}")).TrimEnd('\n').Split('\n').Select(Convert.FromBase64String).ToArray();
        Assert.True(MerkleProof.VerifyConsistency(before.Size, after.Size, before.Root.Span, after.Root.Span, proof));
    }

    [Fact]
    public async Task What_no_checkpoint_covers_and_what_is_not_the_logs_is_not_there()
    {
        using var folder = new TempFolder();
        await using var gate = await StoredGateway.StartAsync(folder.Path);
        await gate.GrowAsync(10);
        var (log, _) = await gate.KeysAsync();
        var wrong = log[..^1] + (log[^1] == '0' ? '1' : '0');
        foreach (var path in (string[])
            [
                $"{log}/tile/0/000", $"{log}/tile/0/000.p/200", $"{log}/tile/entries/001.p/1", $"{log}/tile/7/000.p/1", $"{log}/tile/0/000.p/0", $"{log}/tile/0/0",
                $"{wrong}/checkpoint", $"{wrong}/tile/0/000.p/1", "/audit/v1/proof/100000", "/audit/v1/proof/-1", "/audit/v1/consistency?from=3&to=100000",
            ])
        {
            using var answer = await gate.GetAsync(path, gate.Token);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, path);
        }

        using var stranger = await gate.GetAsync($"{log}/checkpoint", null);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    [Fact]
    public async Task A_database_that_was_put_back_to_an_older_copy_is_refused_and_told_why()
    {
        using var folder = new TempFolder();
        using var copies = new TempFolder();
        await using (var gate = await StoredGateway.StartAsync(folder.Path))
        {
            await gate.GrowAsync(50);
            await gate.TextAsync($"{(await gate.KeysAsync()).Log}/checkpoint");
        }

        Copy(folder.Path, copies.Path);
        long size;
        await using (var gate = await StoredGateway.StartAsync(folder.Path))
        {
            await gate.Desk.CheckAsync(Cancellation);
            await gate.GrowAsync(50);
            await Task.Delay(CheckpointDesk.Pace, Cancellation);
            size = Checkpoint.Parse(SignedNote.Parse(await gate.TextAsync($"{(await gate.KeysAsync()).Log}/checkpoint")).Text).Size;
        }

        Copy(copies.Path, folder.Path);
        await using var old = await StoredGateway.StartAsync(folder.Path);
        var trouble = await Assert.ThrowsAsync<LogRolledBackException>(() => old.Desk.CheckAsync(Cancellation));
        Assert.Matches($"^log rolled back: local \\d+ < {size} ", trouble.Message);
    }

    [Fact]
    public async Task A_log_that_was_rewritten_is_refused_and_so_is_another_gates()
    {
        using var folder = new TempFolder();
        await using (var gate = await StoredGateway.StartAsync(folder.Path))
        {
            await gate.GrowAsync(20);
            await gate.TextAsync($"{(await gate.KeysAsync()).Log}/checkpoint");
        }

        await using var again = await StoredGateway.StartAsync(folder.Path);
        await again.Desk.CheckAsync(Cancellation);
        var anchor = Path.Combine(folder.Path, "audit-anchor");
        var note = SignedNote.Parse(await File.ReadAllTextAsync(anchor, Cancellation));
        var (key, checkpoint) = (Ed25519PrivateKey.FromPem(await File.ReadAllTextAsync(Path.Combine(folder.Path, "audit.pem"), Cancellation)), Checkpoint.Parse(note.Text));
        foreach (var (wrong, said) in ((Checkpoint, string)[])
            [
                (checkpoint with { Root = SHA256.HashData("other"u8) }, "log rewritten"), (checkpoint with { Origin = "gitopsgate/audit/t_other" }, "another gate's"),
            ])
        {
            using var signer = new Ed25519Signer(wrong.Origin, key);
            await File.WriteAllTextAsync(anchor, new SignedNote(wrong.ToString(), [signer.Sign(wrong.ToString(), default)]).ToString(), Cancellation);
            var trouble = await Assert.ThrowsAsync<LogRolledBackException>(() => again.Desk.CheckAsync(Cancellation));
            Assert.Contains(said, trouble.Message, StringComparison.Ordinal);
        }

        using (var other = new Ed25519Signer(checkpoint.Origin, Ed25519PrivateKey.New()))
        {
            await File.WriteAllTextAsync(anchor, new SignedNote(note.Text, [other.Sign(note.Text, default)]).ToString(), Cancellation);
        }

        Assert.Contains("key", (await Assert.ThrowsAsync<LogRolledBackException>(() => again.Desk.CheckAsync(Cancellation))).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(anchor, "", Cancellation);
        Assert.Contains("cannot be read", (await Assert.ThrowsAsync<LogRolledBackException>(() => again.Desk.CheckAsync(Cancellation))).Message, StringComparison.Ordinal);
    }

    private static SignedNote Verified(string text, NoteKey key)
    {
        var note = SignedNote.Parse(text);
        Assert.Single(note.Verify([key]));
        return note;
    }

    // The database alone, as a restored backup would: the anchor stays.
    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(to, "gate.db*")) File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(from, "gate.db*")) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
