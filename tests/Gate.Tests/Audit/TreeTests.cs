using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>The tree: against published vectors, and against its own definition.</summary>
public class TreeTests
{
    [Fact]
    public void Growing_leaf_by_leaf_gives_the_root_of_the_definition_at_every_size()
    {
        var (tree, hashes, full) = (new TiledTree(), new List<byte[]>(), new List<Tile>());
        for (var number = 0; number < 700; number++)
        {
            hashes.Add(MerkleTree.LeafHash(Encoding.ASCII.GetBytes($"leaf {number}")));
            tree.Append(hashes[^1], full);
            Assert.Equal(MerkleTree.Root([.. hashes]), tree.Root());
        }

        Assert.Equal([(0, 0L), (0, 1L)], full.Select(tile => (tile.Level, tile.Index)));
        Assert.Equal(MerkleTree.Root([.. hashes.Take(256)]), full[0].Root.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    [InlineData(65_536)]
    [InlineData(65_793)]
    public void A_tree_built_anew_from_what_is_stored_grows_like_the_one_that_never_stopped(int size)
    {
        var (tree, hashes, full) = (new TiledTree(), new List<byte[]>(), new List<Tile>());
        for (var number = 0; number < size; number++)
        {
            hashes.Add(MerkleTree.LeafHash(BitConverter.GetBytes(number)));
            tree.Append(hashes[^1], full);
        }

        var again = TiledTree.Restore(size, (level, from, count) => level == 0
            ? [.. hashes.Skip((int)from).Take(count).SelectMany(hash => hash)]
            : [.. full.Where(tile => tile.Level == level - 1 && tile.Index >= from && tile.Index < from + count).SelectMany(tile => tile.Root.ToArray())]);

        var copy = again.Copy();
        for (var number = 0; number < 600; number++)
        {
            Assert.Equal(tree.Root(), again.Root());
            var hash = MerkleTree.LeafHash(BitConverter.GetBytes(-number));
            tree.Append(hash, full);
            again.Append(hash, []);
        }

        Assert.Equal(size, copy.Size);
    }

    [Fact]
    public void Every_proof_of_small_trees_holds_and_no_changed_one_does()
    {
        var hashes = Enumerable.Range(0, 40).Select(number => MerkleTree.LeafHash([(byte)number])).ToArray();
        for (var size = 1; size <= hashes.Length; size++)
        {
            var root = MerkleTree.Root(hashes.AsSpan(0, size));
            for (var index = 0; index < size; index++)
            {
                var proof = MerkleProof.Inclusion(hashes.AsSpan(0, size), index);
                Assert.True(MerkleProof.VerifyInclusion(index, size, hashes[index], proof, root));
                Assert.All(Changed(proof), other => Assert.False(MerkleProof.VerifyInclusion(index, size, hashes[index], other, root)));
                var old = MerkleTree.Root(hashes.AsSpan(0, index + 1));
                var consistency = MerkleProof.Consistency(hashes.AsSpan(0, size), index + 1);
                Assert.True(MerkleProof.VerifyConsistency(index + 1, size, old, root, consistency));
                Assert.All(Changed(consistency), other => Assert.False(MerkleProof.VerifyConsistency(index + 1, size, old, root, other)));
            }
        }
    }

    [Fact]
    public void The_verifier_names_what_does_not_agree()
    {
        var verifier = new AuditVerifier("t_1");
        verifier.Leaf(Leaf(0, "01KDVDNA00A4FHZ2D4WD16ASVH", 5, ("deploy", 1)));
        verifier.Leaf(Leaf(1, "01KDVDNA00A4FHZ2D4WD16ASVH", 4, ("deploy", 3)));
        verifier.Leaf(Leaf(3, "not-a-ulid", 6) with { Hash = new byte[32] });
        verifier.Leaf(new StoredLeaf(3, "{}"u8.ToArray(), MerkleTree.LeafHash("{}"u8), new LeafColumns("", 0, "", null, null, "")));
        verifier.Head(3, MerkleTree.EmptyRoot.Span);
        verifier.Head(4, MerkleTree.EmptyRoot.Span);

        Golden.Matches("problems.txt", string.Join('\n', verifier.Problems()) + "\n");
    }

    private static StoredLeaf Leaf(long index, string id, int second, params (string Name, long Number)[] numbers)
    {
        var at = new DateTimeOffset(2026, 3, 4, 12, 0, second, TimeSpan.Zero);
        var draft = new AuditDraft { Type = AuditTypes.LogOpened, Outcome = AuditOutcome.Success };
        var bytes = new PlacedEntry(
            index, id, at, "t_1", draft,
            System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(
                StringComparer.Ordinal, numbers.Select(one => KeyValuePair.Create(one.Name, one.Number)))).ToBytes();
        return new StoredLeaf(index, bytes, MerkleTree.LeafHash(bytes.Span), new LeafColumns(
            id, at.ToUnixTimeMilliseconds(), AuditTypes.LogOpened, null, null, "success"));
    }

    private static IEnumerable<IReadOnlyList<byte[]>> Changed(IReadOnlyList<byte[]> proof)
    {
        yield return [.. proof, new byte[32]];
        for (var at = 0; at < proof.Count; at++)
        {
            yield return [.. proof.Take(at), .. proof.Skip(at + 1)];
            byte[] flipped = [.. proof[at]];
            flipped[at % 32] ^= 1;
            yield return [.. proof.Take(at), flipped, .. proof.Skip(at + 1)];
        }
    }
}
