using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>
/// The formats of the audit log against what others published and against our own derived vectors: notes, keys, checkpoints, cosignatures,
/// proofs, tiles, a whole log of another implementation, and the signature algorithms themselves. Each test prints how many checks it made.
/// </summary>
public class VectorTests(ITestOutputHelper output)
{
    private int _checks;

    [Fact]
    public void Notes_open_and_fail_as_Gos_notes_do()
    {
        var vectors = Read("published/go_note.json");
        var keys = vectors.GetProperty("keys").EnumerateObject().ToDictionary(one => one.Name, one => Text(one.Value, "vkey"));
        foreach (var one in vectors.GetProperty("open_cases").EnumerateArray())
        {
            var known = Texts(one, "known").Select(name => NoteKey.Parse(keys[name])).ToArray();
            if (one.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String)
            {
                var trouble = Assert.ThrowsAny<FormatException>(() => SignedNote.Parse(Text(one, "msg")).Verify(known));
                var wanted = error.GetString()!;
                Check(trouble.Message == wanted || (wanted.StartsWith("malformed", StringComparison.Ordinal) && trouble.Message.StartsWith("malformed", StringComparison.Ordinal)), $"{Text(one, "desc")}: {trouble.Message}");
                continue;
            }

            var note = SignedNote.Parse(Text(one, "msg"));
            var verified = note.Verify(known);
            Check(note.Text == Text(vectors, "text"), Text(one, "desc"));
            Check(verified.Select(line => line.Key.Name).SequenceEqual(Texts(one, "verified")), Text(one, "desc"));
        }

        var peter = NoteKey.Parse(keys["PeterNeumann"]);
        foreach (var malformed in Texts(vectors, "malformed")) Refused(() => SignedNote.Parse(malformed).Verify([peter]), malformed);
        foreach (var malformed in Texts(vectors, "malformed_b64")) Refused(() => SignedNote.Parse(Convert.FromBase64String(malformed)).Verify([peter]), malformed);
        foreach (var wrong in Texts(vectors, "vkey_invalid")) Refused(() => NoteKey.Parse(wrong), wrong);
        var text = keys["PeterNeumann"];
        for (var from = 0; from <= text.Length; from++)
        {
            for (var to = from + 1; to <= text.Length; to++)
            {
                if ((from, to) != (0, text.Length)) Refused(() => NoteKey.Parse(text[from..to]), text[from..to]);
            }
        }

        for (var at = 0; at < text.Length; at++)
        {
            var mangled = text[..at] + (char)(text[at] + 1) + text[(at + 1)..];
            Refused(() => NoteKey.Parse(mangled), mangled);
        }

        Printed();
    }

    [Fact]
    public void Notes_and_checkpoints_of_the_specifications_read_as_they_say()
    {
        var examples = Read("published/c2sp_examples.json");
        var note = examples.GetProperty("note");
        Check(SignedNote.Parse(Text(note, "signed")) is var signed && signed.Verify([NoteKey.Parse(Text(note, "vkey"))]).Length == 1, "signed note");
        Check(signed.Text.StartsWith("This is", StringComparison.Ordinal), "its text");
        Check(Checkpoint.Parse(SignedNote.Parse(Text(examples, "checkpoint_parse_only")).Text).Size == 20852163, "checkpoint");
        var cosigned = SignedNote.Parse(Text(examples, "cosigned_checkpoint_parse_only"));
        Check(cosigned.Signatures.Length == 2, "two lines");
        Check(BinaryPrimitives.ReadUInt64BigEndian(cosigned.Signatures[1].Signature.Span) == 1679315147, "time of the cosignature");
        var proof = ProofFile.Parse(Text(examples, "tlog_proof_parse_only"));
        Check(ProofFile.Parse(proof.ToString()).ToString() == proof.ToString(), "tlog-proof there and back");

        var formats = Read("published/formats_note_checkpoint_proof.json");
        foreach (var one in formats.GetProperty("ecdsa_notes").EnumerateArray())
        {
            var isRight = TryIt(() => SignedNote.Parse(Text(one, "note")).Verify([NoteKey.Parse(Text(one, "vkey"))]));
            Check(isRight == one.GetProperty("ok").GetBoolean(), Text(one, "desc"));
        }

        foreach (var key in Texts(formats, "vkeys_valid")) Check(NoteKey.Parse(key).ToString() == key, key);
        foreach (var list in (string[])["vkeys_key_id_mismatch", "vkeys_unsupported_type", "vkeys_invalid"])
        {
            foreach (var key in Texts(formats, list)) Refused(() => NoteKey.Parse(key), key);
        }

        foreach (var wrong in Texts(formats, "checkpoints_invalid")) Refused(() => Checkpoint.Parse(wrong), wrong);
        foreach (var wrong in Texts(formats, "tlog_proof_invalid")) Refused(() => ProofFile.Parse(wrong), wrong);
        foreach (var one in Read("derived/tlog_proof_marshal.json").GetProperty("cases").EnumerateArray())
        {
            ReadOnlyMemory<byte>? extra = one.TryGetProperty("extra_utf8", out var given) ? Encoding.UTF8.GetBytes(given.GetString()!) : (ReadOnlyMemory<byte>?)null;
            var file = new ProofFile(one.GetProperty("index").GetInt64(), Hashes(one.GetProperty("hashes")), Text(one, "checkpoint"), extra);
            Check(file.ToString() == Text(one, "text"), "marshal");
        }

        Printed();
    }

    [Fact]
    public void Cosignatures_of_witnesses_verify_with_their_time()
    {
        var vectors = Read("published/sunlight_cosignatures.json");
        foreach (var one in vectors.GetProperty("cases").EnumerateArray())
        {
            var verified = Assert.Single(SignedNote.Parse(Text(one, "note")).Verify([NoteKey.Parse(Text(one, "vkey"))]));
            Check(verified.At == DateTimeOffset.FromUnixTimeSeconds(one.GetProperty("time").GetInt64()), "time");
        }

        foreach (var one in vectors.GetProperty("origin_hash").EnumerateObject())
        {
            Check(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(one.Name))) == one.Value.GetString(), one.Name);
        }

        Printed();
    }

    [Fact]
    public async Task A_whole_log_of_another_implementation_comes_out_byte_for_byte()
    {
        var vectors = Read("published/tessera_log.json");
        var entries = Texts(vectors, "entries_utf8").Select(Encoding.UTF8.GetBytes).ToArray();
        var key = NoteKey.Parse(Text(vectors, "vkey"));
        foreach (var one in vectors.GetProperty("checkpoints").EnumerateObject())
        {
            var note = SignedNote.Parse(one.Value.GetString()!);
            note.Verify([key]);
            var checkpoint = Checkpoint.Parse(note.Text);
            var some = new InMemoryLog(entries[..(int)checkpoint.Size]);
            Check(checkpoint.Origin == Text(vectors, "origin") && checkpoint.Root.Span.SequenceEqual(some.Root), one.Name);
            foreach (var path in TilePath.Of(checkpoint.Size))
            {
                var (list, bytes) = path.Level == TilePath.Entries ? ("entries_b64", some.Bundle(path)) : ("tiles_b64", await some.TileAsync(path));
                Check(Convert.ToBase64String(bytes.Span) == Text(vectors.GetProperty(list), path.ToString()), path.ToString());
            }
        }

        Printed();
    }

    [Fact]
    public void Addresses_of_tiles_have_one_form_each()
    {
        var vectors = Read("published/tessera_tile_paths.json");
        foreach (var one in vectors.GetProperty("tile_path").EnumerateArray())
        {
            var width = one[2].GetInt32();
            var path = new TilePath(one[0].GetInt32(), one[1].GetInt64(), width == 0 ? TiledTree.Width : width);
            Check(path.ToString() == one[3].GetString(), path.ToString());
            Check(TilePath.TryParse(path.ToString(), out var again) && again == path, path.ToString());
        }

        foreach (var one in vectors.GetProperty("entries_path_for_index").EnumerateArray())
        {
            var (index, size) = (one[0].GetInt64() / TiledTree.Width, one[1].GetInt64());
            var width = (int)Math.Min(TiledTree.Width, size - (index * TiledTree.Width));
            Check(new TilePath(TilePath.Entries, index, width).ToString() == one[2].GetString(), one[2].GetString()!);
        }

        foreach (var one in vectors.GetProperty("parse_ok").EnumerateArray())
        {
            var width = one[4].GetInt32();
            var isRead = TilePath.TryParse($"tile/{one[0].GetString()}/{one[1].GetString()}", out var path);
            Check(isRead && (path.Level, path.Index, path.Width) == (one[2].GetInt32(), one[3].GetInt64(), width == 0 ? TiledTree.Width : width), one.GetRawText());
        }

        foreach (var one in vectors.GetProperty("parse_err").EnumerateArray())
        {
            Check(!TilePath.TryParse($"tile/{one[0].GetString()}/{one[1].GetString()}", out _), one.GetRawText());
        }

        Printed();
    }

    [Fact]
    public async Task Our_own_golden_log_its_proofs_and_its_tiles_are_what_was_derived()
    {
        var vectors = Read("derived/gog_log_300.json");
        var leaves = Texts(vectors, "leaves_utf8").Select(Encoding.UTF8.GetBytes).ToArray();
        var log = new InMemoryLog(leaves);
        var size = leaves.Length;
        for (var index = 0; index < size; index++)
        {
            Check(CanonicalJson.Of(leaves[index]).Span.SequenceEqual(leaves[index]), $"leaf {index} is canonical");
            Check(Convert.ToBase64String(log.Hashes[index]) == vectors.GetProperty("leaf_hashes_b64")[index].GetString(), $"leaf {index}");
        }

        foreach (var one in vectors.GetProperty("roots_b64_by_size").EnumerateObject())
        {
            Check(Convert.ToBase64String(await log.RootAsync(long.Parse(one.Name, CultureInfo.InvariantCulture))) == one.Value.GetString(), $"root {one.Name}");
        }

        var key = NoteKey.Parse(Text(vectors, "log_vkey"));
        foreach (var one in vectors.GetProperty("checkpoints").EnumerateObject())
        {
            var note = SignedNote.Parse(one.Value.GetString()!);
            note.Verify([key]);
            var checkpoint = Checkpoint.Parse(note.Text);
            var root = await log.RootAsync(checkpoint.Size);
            Check(checkpoint.Root.Span.SequenceEqual(root), $"checkpoint {one.Name}");
        }

        var witnesses = Texts(vectors, "witness_vkeys").Select(NoteKey.Parse).ToArray();
        Check(SignedNote.Parse(Text(vectors, "cosigned_checkpoint_300")).Verify([key, .. witnesses]).Length == 4, "cosigned");
        var second = vectors.GetProperty("checkpoint_300_ecdsa_p256");
        Check(SignedNote.Parse(Text(second, "note")).Verify([NoteKey.Parse(Text(second, "vkey"))]).Length == 1, "ECDSA line");
        foreach (var one in vectors.GetProperty("sealed_openings").EnumerateArray())
        {
            using var leaf = JsonDocument.Parse(leaves[one.GetProperty("seq").GetInt32()]);
            var commitment = Commitment.Of(Convert.FromHexString(Text(one, "salt_hex")), Encoding.UTF8.GetBytes(Text(one, "content_utf8")));
            Check(Convert.ToBase64String(commitment) == Text(leaf.RootElement.GetProperty("sealed")[0], "c"), "opening");
        }

        await CheckProofsAsync(log, [key, .. witnesses]);
        foreach (var path in TilePath.Of(size))
        {
            var bytes = path.Level == TilePath.Entries ? log.Bundle(path) : await log.TileAsync(path);
            var wanted = Text(Read("derived/gog_tiles_300.json").GetProperty("sha256_of_resource"), path.ToString());
            Check(Convert.ToHexStringLower(SHA256.HashData(bytes.Span)) == wanted, path.ToString());
        }

        Printed();
    }

    [Fact]
    public void Samples_and_commitments_are_what_was_derived()
    {
        var sampling = Read("derived/gog_sampling.json");
        var root = Convert.FromBase64String(Text(sampling, "root_b64"));
        foreach (var one in sampling.GetProperty("cases").EnumerateArray())
        {
            var drawn = Sample.Draw(root, Encoding.UTF8.GetBytes(Text(one, "nonce_utf8")), one.GetProperty("N").GetInt64(), one.GetProperty("k").GetInt32());
            Check(drawn.SequenceEqual(one.GetProperty("indices").EnumerateArray().Select(index => index.GetInt64())), Text(one, "nonce_utf8"));
        }

        foreach (var one in Read("derived/commitment.json").GetProperty("cases").EnumerateArray())
        {
            var commitment = Commitment.Of(Convert.FromHexString(Text(one, "salt_hex")), Encoding.UTF8.GetBytes(Text(one, "content_utf8")));
            Check(Convert.ToBase64String(commitment) == Text(one, "commitment_b64"), "commitment");
        }

        Printed();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ed25519_is_verified_as_Wycheproof_and_the_edge_cases_say_by_both_ways(bool isNative)
    {
        Assert.SkipWhen(isNative && !Ed25519.IsNative, "libcrypto is not here");
        foreach (var group in Read("published/wycheproof_ed25519.json").GetProperty("testGroups").EnumerateArray())
        {
            var key = Convert.FromHexString(Text(group.GetProperty("publicKey"), "pk"));
            foreach (var one in group.GetProperty("tests").EnumerateArray())
            {
                var isRight = Verify(isNative, key, Convert.FromHexString(Text(one, "msg")), Convert.FromHexString(Text(one, "sig")));
                Check(isRight == (Text(one, "result") == "valid"), $"Wycheproof {one.GetProperty("tcId")}");
            }
        }

        foreach (var one in Read("published/cctv_ed25519_edge.json").GetProperty("vectors").EnumerateArray())
        {
            if (!Texts(one, "flags").Any(flag => flag is "non_canonical_A" or "non_canonical_R")) continue;
            var isRight = Verify(isNative, Convert.FromHexString(Text(one, "key")), Encoding.UTF8.GetBytes(Text(one, "msg")), Convert.FromHexString(Text(one, "sig")));
            Check(!isRight, $"edge case {one.GetProperty("number")}");
        }

        Printed();
    }

    [Fact]
    public void ECDSA_is_verified_as_Wycheproof_says()
    {
        foreach (var group in Read("published/wycheproof_ecdsa_p256_sha256_der.json").GetProperty("testGroups").EnumerateArray())
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(Convert.FromHexString(Text(group, "publicKeyDer")), out _);
            foreach (var one in group.GetProperty("tests").EnumerateArray().Where(one => Text(one, "result") != "acceptable"))
            {
                var isRight = EcdsaDer.Verify(key, Convert.FromHexString(Text(one, "msg")), Convert.FromHexString(Text(one, "sig")));
                Check(isRight == (Text(one, "result") == "valid"), $"Wycheproof {one.GetProperty("tcId")}");
            }
        }

        Printed();
    }

    private static bool Verify(bool isNative, byte[] key, byte[] message, byte[] signature) => isNative
        ? Ed25519.Verify(key, message, signature)
        : signature.Length == Ed25519.SignatureLength && Ed25519Curve.Verify(key, message, signature);

    private async Task CheckProofsAsync(InMemoryLog log, NoteKey[] keys)
    {
        var vectors = Read("derived/gog_proofs_300.json");
        var cancellation = TestContext.Current.CancellationToken;
        foreach (var one in vectors.GetProperty("inclusion").EnumerateArray())
        {
            var (index, size) = (one.GetProperty("index").GetInt64(), one.GetProperty("size").GetInt64());
            var proof = Hashes(one.GetProperty("proof"));
            var root = await log.RootAsync(size);
            Check(MerkleProof.VerifyInclusion(index, size, log.Hashes[index], proof, root), $"inclusion {index} of {size}");
            Check(Same(proof, await TreeProofs.InclusionAsync(log.Subtrees(size), index, size, cancellation)), $"made inclusion {index} of {size}");
        }

        foreach (var one in vectors.GetProperty("consistency").EnumerateArray())
        {
            var (from, to) = (one.GetProperty("from").GetInt64(), one.GetProperty("to").GetInt64());
            var proof = Hashes(one.GetProperty("proof"));
            var (before, after) = (await log.RootAsync(from), await log.RootAsync(to));
            Check(MerkleProof.VerifyConsistency(from, to, before, after, proof), $"consistency {from} to {to}");
            Check(Same(proof, await TreeProofs.ConsistencyAsync(log.Subtrees(to), from, to, cancellation)), $"made consistency {from} to {to}");
        }

        foreach (var one in vectors.GetProperty("range").EnumerateArray())
        {
            var (from, to, size) = (one.GetProperty("from").GetInt64(), one.GetProperty("to").GetInt64(), one.GetProperty("size").GetInt64());
            var (proof, root) = (Hashes(one.GetProperty("proof")), await log.RootAsync(size));
            var leaves = log.Leaves(from, to);
            Check(MultiProof.Verify(leaves, size, proof, root), $"range {from} to {to}");
            Check(Same(proof, await TreeProofs.MultiAsync(log.Subtrees(size), Selection.Range(from, to), size, cancellation)), $"made range {from} to {to}");
            if (to - from <= 1) continue;
            Check(!MultiProof.Verify(leaves[1..], size, proof, root), "without the first");
            Check(!MultiProof.Verify(leaves[..^1], size, proof, root), "without the last");
        }

        foreach (var one in vectors.GetProperty("sample").EnumerateArray())
        {
            var size = one.GetProperty("size").GetInt64();
            var indices = one.GetProperty("indices").EnumerateArray().Select(index => index.GetInt64()).ToArray();
            var proof = Hashes(one.GetProperty("proof"));
            (long, byte[])[] leaves = [.. indices.Select(index => (index, log.Hashes[index]))];
            Check(MultiProof.Verify(leaves, size, proof, await log.RootAsync(size)), "sample");
            Check(Same(proof, await TreeProofs.MultiAsync(log.Subtrees(size), Selection.Of(indices), size, cancellation)), "made sample");
        }

        var file = ProofFile.Parse(Text(vectors, "tlog_proof_137"));
        Check(file.Verify(keys).Size == 300 && file.Index == 137, "tlog-proof");
        Check(file.ToString() == Text(vectors, "tlog_proof_137"), "tlog-proof there and back");
    }

    private static bool Same(byte[][] one, IReadOnlyList<byte[]> other) =>
        one.Length == other.Count && one.Zip(other).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    private static bool TryIt(Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static JsonElement Read(string name)
    {
        var file = Shared.Locate($"vectors/{name}");
        Assert.SkipWhen(file is null, $"`vectors/{name}` is not here");
        using var document = JsonDocument.Parse(File.ReadAllBytes(file!));
        return document.RootElement.Clone();
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static IEnumerable<string> Texts(JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Select(one => one.GetString()!) : [];

    private static byte[][] Hashes(JsonElement list) => [.. list.EnumerateArray().Select(one => Convert.FromBase64String(one.GetString()!))];

    private void Check(bool isRight, string what)
    {
        Assert.True(isRight, what);
        _checks++;
    }

    private void Refused(Action act, string what)
    {
        Assert.False(TryIt(act), what);
        _checks++;
    }

    private void Printed() => output.WriteLine($"{_checks} checks");
}
