using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Tiles;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>What must hold for trees of all sizes, and for every hash of a proof that somebody changed.</summary>
public class ProofPropertyTests(ITestOutputHelper output)
{
    private const int Most = 1024;

    // All pairs up to 256 and 100,000 choices take many minutes: they are for whoever asks for them.
    private static readonly bool IsWhole = Environment.GetEnvironmentVariable("GITOPSGATE_PROOFS") == "whole";
    private static readonly int Choices = IsWhole ? 100_000 : Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") == "all" ? 5_000 : 2_000;
    private static readonly InMemoryLog Log = new([.. Enumerable.Range(0, Most).Select(number => Encoding.ASCII.GetBytes($"leaf {number}"))]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_leaf_of_every_size_is_proven_from_tiles_and_not_with_any_hash_changed()
    {
        var checks = 0;
        for (var size = 1; size <= 260; size++)
        {
            var (subtrees, root) = (Log.Subtrees(size), await Log.RootAsync(size));
            for (var index = 0; index < size; index += size < 65 || IsWhole ? 1 : 7)
            {
                var proof = await TreeProofs.InclusionAsync(subtrees, index, size, Cancellation);
                Assert.True(MerkleProof.VerifyInclusion(index, size, Log.Hashes[index], proof, root));
                if (size <= 64) Assert.Equal(MerkleProof.Inclusion(Log.Hashes.AsSpan(0, size), index), proof);
                foreach (var spoiled in Spoiled(proof)) Assert.False(MerkleProof.VerifyInclusion(index, size, Log.Hashes[index], spoiled, root));
                checks += 1 + proof.Count;
            }
        }

        output.WriteLine($"{checks} checks");
    }

    [Fact]
    public async Task Every_size_continues_every_smaller_one_and_not_with_any_hash_changed()
    {
        var checks = 0;
        for (var size = 1; size <= 260; size++)
        {
            var (subtrees, root) = (Log.Subtrees(size), await Log.RootAsync(size));
            for (var old = 1; old <= size; old += size < 65 || IsWhole ? 1 : 11)
            {
                var (before, proof) = (await Log.RootAsync(old), await TreeProofs.ConsistencyAsync(subtrees, old, size, Cancellation));
                Assert.True(MerkleProof.VerifyConsistency(old, size, before, root, proof), $"{old} to {size}");
                if (size <= 64) Assert.Equal(MerkleProof.Consistency(Log.Hashes.AsSpan(0, size), old), proof);
                foreach (var spoiled in Spoiled(proof)) Assert.False(MerkleProof.VerifyConsistency(old, size, before, root, spoiled), $"{old} to {size}");
                checks += 1 + proof.Count;
            }
        }

        output.WriteLine($"{checks} checks");
    }

    [Fact]
    public async Task Any_choice_of_leaves_is_proven_at_once_and_no_other_choice_by_the_same_proof()
    {
        var (chance, rounds, checks) = (new Random(20260304), Choices, 0L);
        for (var round = 0; round < rounds; round++)
        {
            var size = chance.Next(1, Most + 1);
            var chosen = Enumerable.Range(0, chance.Next(1, 12)).Select(_ => (long)chance.Next(size)).Distinct().Order().ToArray();
            if (chance.Next(20) == 0)
            {
                var from = chance.Next(size);
                chosen = [.. Enumerable.Range(from, chance.Next(1, size - from + 1)).Select(index => (long)index)];
            }

            var root = await Log.RootAsync(size);
            var proof = await TreeProofs.MultiAsync(Log.Subtrees(size), Selection.Of(chosen), size, Cancellation);
            (long Index, byte[] Hash)[] leaves = [.. chosen.Select(index => (index, Log.Hashes[index]))];
            Assert.True(MultiProof.Verify(leaves, size, proof, root), $"{string.Join(',', chosen)} of {size}");
            if (leaves.Length > 1) Assert.False(MultiProof.Verify([.. leaves.Where((_, at) => at != chance.Next(leaves.Length) || at == 0).Skip(1)], size, proof, root));
            foreach (var spoiled in Spoiled(proof)) Assert.False(MultiProof.Verify(leaves, size, spoiled, root));
            checks += 4 + proof.Count;
            Assert.False(MultiProof.Verify(leaves, size, [.. proof, root], root));
            var at = chance.Next(leaves.Length);
            leaves[at] = (leaves[at].Index, Spoiled([leaves[at].Hash]).First()[0]);
            Assert.False(MultiProof.Verify(leaves, size, proof, root));
        }

        output.WriteLine($"{rounds} proofs, {checks} checks");
    }

    [Fact]
    public async Task Every_size_has_the_root_of_the_definition_and_proves_its_first_and_its_last_leaf()
    {
        for (var size = 1; size <= Most; size++)
        {
            var root = await Log.RootAsync(size);
            Assert.Equal(MerkleTree.Root(Log.Hashes.AsSpan(0, size)), root);
            foreach (var index in (int[])[0, size / 2, size - 1])
            {
                var proof = await TreeProofs.InclusionAsync(Log.Subtrees(size), index, size, Cancellation);
                Assert.True(MerkleProof.VerifyInclusion(index, size, Log.Hashes[index], proof, root), $"{index} of {size}");
                Assert.False(size > 1 && MerkleProof.VerifyInclusion((index + 1) % size, size, Log.Hashes[index], proof, root), $"{index} of {size}, at another place");
            }

            var next = await Log.RootAsync(Math.Min(size + 1, Most));
            var continued = await TreeProofs.ConsistencyAsync(Log.Subtrees(Most), size, Math.Min(size + 1, Most), Cancellation);
            Assert.True(MerkleProof.VerifyConsistency(size, Math.Min(size + 1, Most), root, next, continued), $"{size} to the next");
        }
    }

    [Fact]
    public async Task A_run_of_leaves_needs_at_most_two_hashes_for_each_level()
    {
        for (var from = 0; from < Most; from += 37)
        {
            for (var to = from + 1; to <= Most; to += 53)
            {
                var proof = await TreeProofs.MultiAsync(Log.Subtrees(Most), Selection.Range(from, to), Most, Cancellation);
                Assert.InRange(proof.Count, 0, 20);
            }
        }
    }

    [Fact]
    public void A_bundle_of_entries_reads_back_and_half_a_one_is_refused()
    {
        ReadOnlyMemory<byte>[] entries = [Array.Empty<byte>(), new byte[] { 1 }, new byte[65_535]];
        var bundle = EntryBundle.Write(entries);
        Assert.Equal(entries.Select(entry => entry.Length), EntryBundle.Read(bundle).Select(entry => entry.Length));
        for (var length = bundle.Length - 1; length > bundle.Length - 5; length--)
        {
            Assert.Throws<FormatException>(() => EntryBundle.Read(bundle.AsMemory(0, length)));
        }

        Assert.Throws<ArgumentException>(() => EntryBundle.Write([new byte[65_536]]));
    }

    /// <summary>The same proof with one bit of one hash turned, for each hash.</summary>
    private static IEnumerable<IReadOnlyList<byte[]>> Spoiled(IReadOnlyList<byte[]> proof)
    {
        for (var at = 0; at < proof.Count; at++)
        {
            byte[] hash = [.. proof[at]];
            hash[at % hash.Length] ^= (byte)(1 << (at % 8));
            yield return [.. proof.Take(at), hash, .. proof.Skip(at + 1)];
        }
    }
}
