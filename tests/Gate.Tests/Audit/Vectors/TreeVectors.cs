using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Tiles;

namespace GitOpsGate.Gate.Tests.Audit.Vectors;

/// <summary>Trees and proofs: RFC 6962, the proofs that others published to be refused, and the procedure of Go's own tests.</summary>
internal static class TreeVectors
{
    private const int GoLeaves = 1024;
    private static readonly InMemoryLog Go = new([.. Enumerable.Range(0, GoLeaves).Select(number => Encoding.ASCII.GetBytes($"leaf {number}"))]);

    public static async Task PublishedTree(Tally tally)
    {
        var vectors = VectorFile.Published("rfc6962_tree.json");
        var log = new InMemoryLog([.. vectors.Texts("leaf_inputs_hex").Select(Convert.FromHexString)]);
        foreach (var (size, root) in vectors.Texts("roots_hex_by_size").Index())
        {
            var isRoot = Hex(MerkleTree.Root(log.Hashes.AsSpan(0, size))) == root && Hex(await log.RootAsync(size)) == root;
            tally.Check(isRoot, $"root {size}");
        }

        foreach (var (level, row) in vectors.Items("node_hashes_hex").Index())
        {
            foreach (var (index, node) in row.EnumerateArray().Index())
            {
                var hash = await log.Subtrees(log.Hashes.Length).OfAsync((long)index << level, (index + 1L) << level, CancellationToken.None);
                tally.Check(Hex(hash) == node.GetString(), $"node {level}/{index}");
            }
        }
    }

    public static Task PublishedInclusion(Tally tally)
    {
        foreach (var one in VectorFile.Published("merkle_inclusion.json").Items("cases"))
        {
            var isRight = MerkleProof.VerifyInclusion(Number(one, "leafIdx"), Number(one, "treeSize"), Bytes(one, "leafHash"), one.Hashes("proof"), Bytes(one, "root"));
            tally.Check(isRight != one.GetProperty("wantErr").GetBoolean(), one.Text("file"));
        }

        return Task.CompletedTask;
    }

    public static Task PublishedConsistency(Tally tally)
    {
        foreach (var one in VectorFile.Published("merkle_consistency.json").Items("cases"))
        {
            var (before, after) = (Bytes(one, "root1"), Bytes(one, "root2"));
            var isRight = MerkleProof.VerifyConsistency(Number(one, "size1"), Number(one, "size2"), before, after, one.Hashes("proof"));
            // One published case has a root of twelve bytes: we ask for thirty-two, always.
            var isWanted = !one.GetProperty("wantErr").GetBoolean() && before.Length == MerkleTree.HashLength && after.Length == MerkleTree.HashLength;
            tally.Check(isRight == isWanted, one.Text("file"));
        }

        return Task.CompletedTask;
    }

    public static Task GoRecord(Tally tally)
    {
        var vectors = VectorFile.Published("go_tlog.json");
        var tree = vectors.GetProperty("format_tree");
        tally.Check(Convert.ToBase64String(MerkleTree.LeafHash(Encoding.UTF8.GetBytes(tree.Text("record")))) == tree.Text("hash_b64"), "hash of a record");
        tally.Check(Hex(MerkleTree.EmptyRoot.ToArray()) == vectors.Text("empty_tree_root_hex"), "root of nothing");
        return Task.CompletedTask;
    }

    public static async Task GoRoots(Tally tally)
    {
        foreach (var (size, root) in VectorFile.Derived("go_leaf_n_roots.json").Texts("roots_b64").Index())
        {
            tally.Check(Convert.ToBase64String(await Go.RootAsync(size)) == root, $"root {size}");
        }
    }

    public static async Task GoProofs(Tally tally)
    {
        for (var size = 1; size <= 64; size++)
        {
            var (subtrees, root) = (Go.Subtrees(size), await Go.RootAsync(size));
            for (var index = 0; index < size; index++)
            {
                var proof = await TreeProofs.InclusionAsync(subtrees, index, size, CancellationToken.None);
                tally.Check(MerkleProof.VerifyInclusion(index, size, Go.Hashes[index], proof, root), $"inclusion {index} of {size}");
            }

            for (var old = 1; old <= size; old++)
            {
                var (before, proof) = (await Go.RootAsync(old), await TreeProofs.ConsistencyAsync(subtrees, old, size, CancellationToken.None));
                tally.Check(MerkleProof.VerifyConsistency(old, size, before, root, proof), $"consistency {old} to {size}");
            }
        }
    }

    public static async Task Flips(Tally tally)
    {
        for (var size = 2; size < 40; size++)
        {
            var (subtrees, root) = (Go.Subtrees(size), await Go.RootAsync(size));
            for (var index = 0; index < size; index++)
            {
                var proof = await TreeProofs.InclusionAsync(subtrees, index, size, CancellationToken.None);
                foreach (var hash in proof)
                {
                    hash[0] ^= 1;
                    tally.Check(!MerkleProof.VerifyInclusion(index, size, Go.Hashes[index], proof, root), $"inclusion {index} of {size} with a bit turned");
                    hash[0] ^= 1;
                }
            }
        }
    }

    // Indices beyond 63 bits are among what must be refused.
    private static long Number(JsonElement one, string name) => one.GetProperty(name).TryGetInt64(out var number) ? number : -1;

    private static byte[] Bytes(JsonElement one, string name) =>
        one.GetProperty(name) is { ValueKind: JsonValueKind.String } value ? value.GetBytesFromBase64() : [];

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}
