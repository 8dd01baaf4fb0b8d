using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Notes;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>
/// Every bit of everything that a log of a thousand entries stores is turned, one at a time: each is found, and named with its table and row. Only
/// what a bit can touch is verified again, by a copy of the verifier that has taken everything before it.
/// </summary>
public class TamperCampaignTests(ITestOutputHelper output)
{
    private const int Size = 1000;
    private const int NoteEvery = 100;
    private const string Origin = "gate.example.org/audit/t_1";

    // A sample takes every so many bits, beginning anywhere below that.
    private static readonly int Step = Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") == "all" ? 1 : 997;
    private static readonly Random Chance = new(20_260_305);
    private static readonly StoredLeaf[] Leaves = [.. Stored()];
    private static readonly Ed25519PrivateKey Private = Ed25519PrivateKey.FromSeed(new byte[Ed25519.KeyLength]);

    [Fact]
    public void Every_bit_of_every_leaf_and_of_its_hash_is_found_and_named()
    {
        var before = Before();
        var bits = Enumerable.Range(0, Size).AsParallel().Sum(index =>
        {
            var (leaf, problem) = (Leaves[index], $"audit_leaf {index}:");
            return Turned(leaf.Bytes, index, bytes => Found(before[index].Copy(), problem, one => one.Leaf(leaf with { Bytes = bytes })), $"leaf {index}")
                + Turned(leaf.Hash, index, hash => Found(before[index].Copy(), problem, one => one.Leaf(leaf with { Hash = hash })), $"hash of leaf {index}");
        });
        output.WriteLine($"{bits} bits of {Size} leaves and their hashes");
        Assert.True(bits > Size * 2);
    }

    [Fact]
    public void Every_bit_of_every_tile_is_found_and_named()
    {
        var verifier = new AuditVerifier("t_1");
        foreach (var leaf in Leaves) verifier.Leaf(leaf);
        Assert.Empty(verifier.Problems());
        var bits = 0L;
        foreach (var tile in verifier.TakeFullTiles())
        {
            var problem = $"audit_tile {tile.Level}/{tile.Index}:";
            Assert.False(Found(new AuditVerifier(), problem, one => one.Stored(tile, tile.Hashes, tile.Root)));
            bits += Turned(tile.Hashes, (int)tile.Index, hashes => Found(new AuditVerifier(), problem, one => one.Stored(tile, hashes, tile.Root)), problem);
            bits += Turned(tile.Root, (int)tile.Index, root => Found(new AuditVerifier(), problem, one => one.Stored(tile, tile.Hashes, root)), problem);
        }

        output.WriteLine($"{bits} bits of {Size / TiledTree.Width} tiles and their roots");
        Assert.True(bits > 0);
    }

    [Fact]
    public void Every_bit_of_every_head_is_found_and_named()
    {
        var before = Before();
        var bits = Enumerable.Range(1, Size).AsParallel().Sum(size =>
        {
            var (root, number) = (before[size].Root(), BitConverter.GetBytes((long)size));
            Assert.False(Found(before[size].Copy(), "audit_head", one => one.Head(size, root)));
            return Turned(root, size, other => Found(before[size].Copy(), $"audit_head {size}:", one => one.Head(size, other.Span)), $"head {size}")
                + Turned(number, size, other => BitConverter.ToInt64(other.Span) is var said && Found(before[size].Copy(), $"audit_head {said}:", one => one.Head(said, root)), $"size of head {size}");
        });
        output.WriteLine($"{bits} bits of {Size} heads");
        Assert.True(bits > Size / 2);
    }

    [Fact]
    public void Every_bit_of_every_checkpoint_is_found_and_named()
    {
        var before = Before();
        using var signer = new Ed25519Signer(Origin, Private);
        var bits = Enumerable.Range(1, Size / NoteEvery).Sum(number =>
        {
            var size = number * NoteEvery;
            var text = new Checkpoint(Origin, size, before[size].Root()).ToString();
            var note = Encoding.UTF8.GetBytes(new SignedNote(text, [signer.Sign(text, default)]).ToString());
            Assert.False(Finds(note));
            return Turned(note, size, Finds, $"checkpoint {size}");

            bool Finds(ReadOnlyMemory<byte> bytes) => Found(
                before[size].Copy(), $"audit_checkpoint {size}:", one => one.Note(size, Encoding.UTF8.GetString(bytes.Span), Origin, [signer.Key]));
        });
        output.WriteLine($"{bits} bits of {Size / NoteEvery} checkpoints");
        Assert.True(bits > Size / NoteEvery);
    }

    /// <summary>How many bits were turned; each must be found.</summary>
    private static long Turned(ReadOnlyMemory<byte> genuine, int seed, Func<ReadOnlyMemory<byte>, bool> isFound, string what)
    {
        var (bytes, count) = (genuine.ToArray(), 0L);
        for (var bit = Step == 1 ? 0 : new Random(seed).Next(Math.Min(Step, bytes.Length * 8)); bit < bytes.Length * 8; bit += Step, count++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (!isFound(bytes)) Assert.Fail($"bit {bit} of {what} can be turned and nobody notices");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        return count;
    }

    private static bool Found(AuditVerifier verifier, string problem, Action<AuditVerifier> take)
    {
        take(verifier);
        return verifier.Problems().Any(one => one.StartsWith(problem, StringComparison.Ordinal));
    }

    /// <summary>A verifier for each size from none to all, which has taken so many leaves and found nothing wrong.</summary>
    private static AuditVerifier[] Before()
    {
        var verifiers = new AuditVerifier[Size + 1];
        verifiers[0] = new AuditVerifier("t_1");
        for (var index = 0; index < Size; index++)
        {
            verifiers[index + 1] = verifiers[index].Copy();
            verifiers[index + 1].Leaf(Leaves[index]);
        }

        Assert.Empty(verifiers[Size].Problems());
        return verifiers;
    }

    private static IEnumerable<StoredLeaf> Stored()
    {
        var at = new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
        for (var index = 0; index < Size; index++, at = at.AddMilliseconds(Chance.Next(3)))
        {
            var draft = new AuditDraft
            {
                Type = AuditTypes.DecisionEvaluated,
                Outcome = AuditOutcome.Allow,
                Actor = new AuditActor("user", $"a_{index}"),
                Correlation = $"hub:acme/shop#{index % 7}",
                Attributes = AuditDraft.NoAttributes.Add("rule", "prod").Add("files", index),
            };
            var chance = new byte[Ulid.ChanceLength];
            Chance.NextBytes(chance);
            var numbers = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal).Add("deploy:prod", index + 1);
            var entry = new PlacedEntry(index, Ulid.Create(at, chance), at, "t_1", draft, numbers);
            var bytes = entry.ToBytes().ToArray();
            yield return new StoredLeaf(index, bytes, MerkleTree.LeafHash(bytes), new LeafColumns(
                entry.Id, at.ToUnixTimeMilliseconds(), draft.Type, draft.Correlation, draft.Actor.Reference, "allow"));
        }
    }
}
