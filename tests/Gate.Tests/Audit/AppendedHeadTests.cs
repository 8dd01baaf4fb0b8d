using GitOpsGate.Audit;
using Xunit;

namespace GitOpsGate.Gate.Tests.Audit;

/// <summary>What an append is answered with shows by itself that its entries stand in the tree.</summary>
public class AppendedHeadTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 3)]
    [InlineData(254, 1)]
    [InlineData(255, 1)]
    [InlineData(255, 2)]
    [InlineData(200, 700)]
    [InlineData(511, 514)]
    [InlineData(65_279, 300)]
    [InlineData(65_530, 5)]
    [InlineData(65_530, 6)]
    [InlineData(65_530, 600)]
    [InlineData(65_790, 2)]
    public async Task Every_entry_of_a_batch_is_proven_from_the_batch_alone(int before, int count)
    {
        var tree = new TiledTree();
        for (var index = 0; index < before; index++) tree.Append(HashOf(index), []);
        var (grown, full) = (tree.Copy(), new List<Tile>());
        for (var index = before; index < before + count; index++) grown.Append(HashOf(index), full);
        var head = new AppendedHead(before, grown, full);
        var reference = new Frontier();
        for (var index = 0; index < before + count; index++) reference.Append(HashOf(index));

        Assert.Equal((before, before + count), (head.From, head.Size));
        Assert.Equal(reference.Root(), head.Root.ToArray());
        for (long index = before; index < before + count; index++)
        {
            var proof = await head.InclusionAsync(index, Cancel);
            Assert.Equal(HashOf((int)index), head.LeafHash(index).ToArray());
            Assert.True(MerkleProof.VerifyInclusion(index, head.Size, HashOf((int)index), proof, reference.Root()), $"entry {index} of {head.Size}");
        }
    }

    [Fact]
    public async Task It_goes_on_to_say_the_same_when_the_log_has_grown()
    {
        var (tree, full) = (new TiledTree(), new List<Tile>());
        for (var index = 0; index < 200; index++) tree.Append(HashOf(index), full);
        var head = new AppendedHead(190, tree, full);
        var (later, before) = (tree.Copy(), await head.InclusionAsync(199, Cancel));

        for (var index = 200; index < 800; index++) later.Append(HashOf(index), []);

        Assert.Equal(before, await head.InclusionAsync(199, Cancel));
        Assert.True(MerkleProof.VerifyInclusion(199, 200, head.LeafHash(199).Span, before, head.Root.Span));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(20)]
    [InlineData(-1)]
    public async Task Entries_of_other_batches_are_refused(long index)
    {
        var (tree, full) = (new TiledTree(), new List<Tile>());
        for (var at = 0; at < 20; at++) tree.Append(HashOf(at), full);
        var head = new AppendedHead(10, tree, full);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => head.InclusionAsync(index, Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => head.LeafHash(index));
    }

    private static byte[] HashOf(int index) => MerkleTree.LeafHash(BitConverter.GetBytes(index));
}
