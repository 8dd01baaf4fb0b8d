using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Gate.Tests.Audit.Vectors;

/// <summary>Our own formats, as an implementation that shares no code with the gate derived them: a log of 300 leaves and all that is made from it.</summary>
internal static class OwnLogVectors
{
    private static readonly JsonElement Vectors = VectorFile.Derived("gog_log_300.json");
    private static readonly byte[][] Leaves = [.. Vectors.Texts("leaves_utf8").Select(Encoding.UTF8.GetBytes)];
    private static readonly InMemoryLog Log = new(Leaves);
    private static readonly NoteKey Key = NoteKey.Parse(Vectors.Text("log_vkey"));
    private static readonly NoteKey[] Keys = [Key, .. Vectors.Texts("witness_vkeys").Select(NoteKey.Parse)];

    public static async Task WholeLog(Tally tally)
    {
        tally.Check(Log.Hashes.Select(Convert.ToBase64String).SequenceEqual(Vectors.Texts("leaf_hashes_b64")), "leaf hashes");
        foreach (var one in Vectors.GetProperty("roots_b64_by_size").EnumerateObject())
        {
            tally.Check(Convert.ToBase64String(await Log.RootAsync(Size(one))) == one.Value.GetString(), $"root {one.Name}");
        }

        var fields = Leaves.Select(leaf => LeafFields.Read(leaf)).ToArray();
        for (var index = 0; index < Leaves.Length; index++)
        {
            tally.Check(CanonicalJson.Of(Leaves[index]).Span.SequenceEqual(Leaves[index]) && fields[index].Index == index, $"leaf {index} is canonical");
        }

        foreach (var (one, next) in fields.Zip(fields.Skip(1))) tally.Check(one.At <= next.At, $"time of leaf {next.Index}");
        foreach (var one in Vectors.GetProperty("checkpoints").EnumerateObject())
        {
            var note = SignedNote.Parse(one.Value.GetString()!);
            var root = await Log.RootAsync(Size(one));
            tally.Check(note.Verify([Key]).Length == 1 && Checkpoint.Parse(note.Text).Root.Span.SequenceEqual(root), $"checkpoint {one.Name}");
        }

        tally.Check(SignedNote.Parse(Vectors.Text("cosigned_checkpoint_300")).Verify(Keys).Length == 4, "three witnesses");
        foreach (var name in (string[])["checkpoint_300_ecdsa_p256", "checkpoint_300_mldsa44"])
        {
            var second = Vectors.GetProperty(name);
            tally.Check(SignedNote.Parse(second.Text("note")).Verify([NoteKey.Parse(second.Text("vkey"))]).Length == 1, name);
        }

        foreach (var one in Vectors.Items("sealed_openings"))
        {
            using var leaf = JsonDocument.Parse(Leaves[one.Number("seq")]);
            var commitment = Commitment.Of(one.Hex("salt_hex"), Encoding.UTF8.GetBytes(one.Text("content_utf8")));
            tally.Check(Convert.ToBase64String(commitment) == leaf.RootElement.GetProperty("sealed")[0].Text("c"), $"opening of leaf {one.Number("seq")}");
        }
    }

    public static async Task Proofs(Tally tally)
    {
        var vectors = VectorFile.Derived("gog_proofs_300.json");
        foreach (var one in vectors.Items("inclusion"))
        {
            var (index, size, proof) = (one.Number("index"), one.Number("size"), one.Hashes("proof"));
            var made = await TreeProofs.InclusionAsync(Log.Subtrees(size), index, size, CancellationToken.None);
            var root = await Log.RootAsync(size);
            tally.Check(MerkleProof.VerifyInclusion(index, size, Log.Hashes[index], proof, root) && Same(proof, made), $"inclusion {index} of {size}");
        }

        foreach (var one in vectors.Items("consistency"))
        {
            var (from, to, proof) = (one.Number("from"), one.Number("to"), one.Hashes("proof"));
            var made = await TreeProofs.ConsistencyAsync(Log.Subtrees(to), from, to, CancellationToken.None);
            var (before, after) = (await Log.RootAsync(from), await Log.RootAsync(to));
            tally.Check(MerkleProof.VerifyConsistency(from, to, before, after, proof) && Same(proof, made), $"consistency {from} to {to}");
        }

        foreach (var one in vectors.Items("range"))
        {
            var (from, to, size, proof) = (one.Number("from"), one.Number("to"), one.Number("size"), one.Hashes("proof"));
            var (leaves, root) = (Log.Leaves(from, to), await Log.RootAsync(size));
            var made = await TreeProofs.MultiAsync(Log.Subtrees(size), Selection.Range(from, to), size, CancellationToken.None);
            tally.Check(MultiProof.Verify(leaves, size, proof, root) && Same(proof, made), $"range {from} to {to}");
            if (to - from <= 1) continue;
            tally.Check(!MultiProof.Verify(leaves[1..], size, proof, root), $"range {from} to {to} without its first");
            tally.Check(!MultiProof.Verify(leaves[..^1], size, proof, root), $"range {from} to {to} without its last");
        }

        foreach (var one in vectors.Items("sample"))
        {
            var (size, proof) = (one.Number("size"), one.Hashes("proof"));
            long[] indices = [.. one.Items("indices").Select(index => index.GetInt64())];
            var made = await TreeProofs.MultiAsync(Log.Subtrees(size), Selection.Of(indices), size, CancellationToken.None);
            (long, byte[])[] leaves = [.. indices.Select(index => (index, Log.Hashes[index]))];
            var root = await Log.RootAsync(size);
            tally.Check(MultiProof.Verify(leaves, size, proof, root) && Same(proof, made), "sample");
        }

        var file = ProofFile.Parse(vectors.Text("tlog_proof_137"));
        tally.Check(file.Verify(Keys).Size == 300 && file.Index == 137 && file.ToString() == vectors.Text("tlog_proof_137"), "proof file of leaf 137");
    }

    public static async Task Tiles(Tally tally)
    {
        var made = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in TilePath.Of(Leaves.Length))
        {
            var bytes = path.Level == TilePath.Entries ? Log.Bundle(path) : await Log.TileAsync(path);
            made[path.ToString()] = Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
        }

        var wanted = VectorFile.Derived("gog_tiles_300.json").GetProperty("sha256_of_resource").EnumerateObject().OrderBy(one => one.Name, StringComparer.Ordinal);
        tally.Check(made.SequenceEqual(wanted.Select(one => KeyValuePair.Create(one.Name, one.Value.GetString()!))), "all tiles and bundles");
    }

    public static Task ProofFiles(Tally tally)
    {
        foreach (var one in VectorFile.Derived("tlog_proof_marshal.json").Items("cases"))
        {
            ReadOnlyMemory<byte>? extra = one.TryGetProperty("extra_utf8", out var given) ? Encoding.UTF8.GetBytes(given.GetString()!) : (ReadOnlyMemory<byte>?)null;
            var file = new ProofFile(one.Number("index"), one.Hashes("hashes"), one.Text("checkpoint"), extra);
            tally.Check(file.ToString() == one.Text("text"), $"proof file of leaf {one.Number("index")}");
        }

        return Task.CompletedTask;
    }

    public static Task Commitments(Tally tally)
    {
        foreach (var one in VectorFile.Derived("commitment.json").Items("cases"))
        {
            var commitment = Commitment.Of(one.Hex("salt_hex"), Encoding.UTF8.GetBytes(one.Text("content_utf8")));
            tally.Check(Convert.ToBase64String(commitment) == one.Text("commitment_b64"), one.Text("content_utf8"));
        }

        return Task.CompletedTask;
    }

    /// <summary>Beyond the reference: samples, which its checker does not draw.</summary>
    public static Task Samples(Tally tally)
    {
        var sampling = VectorFile.Derived("gog_sampling.json");
        var root = Convert.FromBase64String(sampling.Text("root_b64"));
        foreach (var one in sampling.Items("cases"))
        {
            var drawn = Sample.Draw(root, Encoding.UTF8.GetBytes(one.Text("nonce_utf8")), one.Number("N"), (int)one.Number("k"));
            tally.Check(drawn.SequenceEqual(one.Items("indices").Select(index => index.GetInt64())), one.Text("nonce_utf8"));
        }

        return Task.CompletedTask;
    }

    private static long Size(JsonProperty one) => long.Parse(one.Name, System.Globalization.CultureInfo.InvariantCulture);

    private static bool Same(byte[][] one, IReadOnlyList<byte[]> other) =>
        one.Length == other.Count && one.Zip(other).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
}
