using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Attestations;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Mirrors;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Dispatch;
using Xunit;

namespace GitOpsGate.Cli.Tests;

/// <summary><c>gate attestation verify</c>: a file, a key, no gateway.</summary>
public sealed class AttestationCommandTests : IDisposable
{
    private const string InToto = "application/vnd.in-toto+json";
    private const string Commit = "cccccccccccccccccccccccccccccccccccccccc";
    private readonly TestFolder _folder = new();
    private readonly EnvelopeSigner _signer = new(EnvelopeSigner.NewKey(), "test");
    private readonly string _key;
    private readonly string _file;
    private readonly byte[] _envelope;

    public AttestationCommandTests()
    {
        _key = _folder.Write("key.pem", _signer.PublicKey);
        _envelope = _signer.Seal(InToto, Encoding.UTF8.GetBytes(Statement("""{"gitCommit":"COMMIT"}""".Replace("COMMIT", Commit, StringComparison.Ordinal))));
        _file = Path.Combine(_folder.Path, "vsa.json");
        File.WriteAllBytes(_file, _envelope);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _signer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_genuine_one_about_the_commit_holds()
    {
        var (code, output, errors) = await VerifyAsync(_file, "--commit", Commit.ToUpperInvariant(), "--predicate", "vsa");
        Assert.True((code, errors) == (0, ""), output + errors);
        Assert.Equal(["signature", "statement", "predicate", "subject"], output.TrimEnd('\n').Split('\n').Select(line => line["ok   ".Length..].Split(':')[0]));
        var json = JsonElement.Parse((await VerifyAsync(_file, "--json")).Output);
        Assert.True(json.GetProperty("verified").GetBoolean());
    }

    [Fact]
    public async Task What_does_not_hold_is_named_and_ends_with_one()
    {
        foreach (var (file, words, more) in ((string, string, string[])[])
            [
                (_file, "FAIL subject: it is about `" + Commit, ["--commit", new string('d', 40)]),
                (_file, "FAIL predicate: ", ["--predicate", "provenance"]),
                (Signed("text/plain", Statement("""{"gitCommit":"c"}""")), "FAIL statement: ", []),
                (Signed(InToto, """{"_type":"https://in-toto.io/Statement/v1"}"""), "FAIL statement: ", []),
                (Signed(InToto, Statement("""{"sha256":"00"}""")), "FAIL subject: it is about no commit", ["--commit", Commit]),
                (_folder.Write("no.json", "{}"), "FAIL signature: ", []),
            ])
        {
            var (code, output, errors) = await VerifyAsync(file, more);
            Assert.Equal((1, ""), (code, errors));
            Assert.Contains(words, output, StringComparison.Ordinal);
        }

        using var stranger = new AttestationSigner(EnvelopeSigner.NewKey());
        var other = _folder.Write("other.pem", stranger.PublicKey);
        var (no, said, _) = await GateProgram.RunAsync("attestation", "verify", _file, "--key", other, "--commit", Commit);
        Assert.Equal((1, "FAIL signature: no signature of this key fits the payload\n"), (no, said));
    }

    [Fact]
    public async Task What_cannot_be_used_ends_with_two()
    {
        foreach (var (file, key, more) in ((string, string, string[])[])
            [
                (_file + "x", _key, []), (_file, _key + "x", []), (_file, _folder.Write("empty.pem", "none"), []), (_file, _key, ["--log", "x.zip"]), (_file, _key, ["--log-key", "k"]),
                (_file, _key, ["--predicate", "love"]),
            ])
        {
            var (code, _, errors) = await GateProgram.RunAsync(["attestation", "verify", file, "--key", key, .. more]);
            Assert.Equal(2, code);
            Assert.NotEmpty(errors);
        }
    }

    [Fact]
    public async Task A_mirror_of_the_log_says_where_it_is_named()
    {
        using var signer = new Ed25519Signer("gate.example.org/audit/t_1", Ed25519PrivateKey.New());
        var digest = Convert.ToHexStringLower(SHA256.HashData(_envelope));
        var named = await MirrorAsync("named", signer, 300, at: 270, digest);
        var (code, output, errors) = await VerifyAsync(_file, "--log", named, "--log-key", signer.Key.ToString());
        Assert.True((code, errors) == (0, ""), output + errors);
        Assert.Contains("ok   log: entry 270 names it\n", output, StringComparison.Ordinal);
        // Another log that its keeper signed does not name it.
        var silent = await MirrorAsync("silent", signer, 5, at: 2, new string('0', 64));
        (code, output, _) = await VerifyAsync(_file, "--log", silent, "--log-key", signer.Key.ToString());
        Assert.Equal(1, code);
        Assert.Contains("FAIL log: no entry of ", output, StringComparison.Ordinal);
        // Nor is a log believed whose entries are not what was signed, or that somebody else signed.
        var bundle = Directory.GetFiles(Path.Combine(named, "tile", "entries"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        var bytes = await File.ReadAllBytesAsync(bundle, Cancellation);
        bytes[^3] ^= 1;
        await File.WriteAllBytesAsync(bundle, bytes, Cancellation);
        (code, output, _) = await VerifyAsync(_file, "--log", named, "--log-key", signer.Key.ToString());
        Assert.Equal(1, code);
        Assert.Contains("FAIL log: ", output, StringComparison.Ordinal);
        using var other = new Ed25519Signer("gate.example.org/audit/t_1", Ed25519PrivateKey.New());
        (code, output, _) = await VerifyAsync(_file, "--log", silent, "--log-key", other.Key.ToString());
        Assert.Equal(1, code);
        Assert.Contains("FAIL log: ", output, StringComparison.Ordinal);
    }

    private static string Statement(string digest) =>
        """{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"git+https://example.org/acme/shop","digest":DIGEST}],"predicateType":"TYPE","predicate":{}}"""
            .Replace("DIGEST", digest, StringComparison.Ordinal).Replace("TYPE", "https://slsa.dev/verification_summary/v1", StringComparison.Ordinal);

    private static byte[] Leaf(int index, string digest)
    {
        var draft = new AuditDraft
        {
            Type = AuditTypes.AttestationIssued,
            Outcome = AuditOutcome.Success,
            Subject = new AuditSubject("attestation", "r_1", $"sha256:{digest}"),
            Attributes = AuditDraft.NoAttributes.Add("predicate", "vsa"),
        };
        var at = DateTimeOffset.UnixEpoch.AddMinutes(index);
        var numbers = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
        return new PlacedEntry(index, Ulid.Create(at, BitConverter.GetBytes((long)index).Concat(new byte[2]).ToArray()), at, "t_1", draft, numbers).ToBytes().ToArray();
    }

    private Task<(int Code, string Output, string Errors)> VerifyAsync(string file, params string[] more) =>
        GateProgram.RunAsync(["attestation", "verify", file, "--key", _key, .. more]);

    private string Signed(string type, string payload)
    {
        var envelope = _signer.Seal(type, Encoding.UTF8.GetBytes(payload));
        return _folder.Write($"{Convert.ToHexStringLower(SHA256.HashData(envelope))}.json", Encoding.UTF8.GetString(envelope));
    }

    /// <summary>A mirror of a log in which one entry names a digest.</summary>
    private async Task<string> MirrorAsync(string name, Ed25519Signer signer, int size, int at, string digest)
    {
        var path = Path.Combine(_folder.Path, name);
        var folder = new MirrorFolder(path);
        byte[][] leaves = [.. Enumerable.Range(0, size).Select(index => Leaf(index, index == at ? digest : new string('1', 64)))];
        byte[][] hashes = [.. leaves.Select(leaf => MerkleTree.LeafHash(leaf))];
        var tree = new TiledTree();
        var full = new List<Tile>();
        foreach (var hash in hashes) tree.Append(hash, full);
        for (var from = 0; from < size; from += TiledTree.Width)
        {
            var width = Math.Min(TiledTree.Width, size - from);
            await folder.WriteAsync(new TilePath(0, from / TiledTree.Width, width), hashes[from..(from + width)].SelectMany(hash => hash).ToArray(), Cancellation);
            var entries = EntryBundle.Write(leaves[from..(from + width)].Select(leaf => (ReadOnlyMemory<byte>)leaf));
            await folder.WriteAsync(new TilePath(TilePath.Entries, from / TiledTree.Width, width), entries, Cancellation);
        }

        if (full.Count > 0) await folder.WriteAsync(new TilePath(1, 0, full.Count), full.SelectMany(tile => tile.Root.ToArray()).ToArray(), Cancellation);
        var text = new Checkpoint(signer.Key.Name, size, tree.Root()).ToString();
        folder.Write(new SignedNote(text, [signer.Sign(text, DateTimeOffset.UnixEpoch)]));
        return path;
    }
}
