using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>An append's own answer proves where its entries stand.</summary>
public class AppendedHeadTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Each_answer_proves_its_entries_against_a_head_that_the_log_holds(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, reader) = (new GateStore(database), new AuditReader(database));

        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(number => gate.RecordAsync(Plain(1 + (number % 3)), Cancel)));

        var proofs = new AuditProofs(reader);
        for (var number = 0; number < answers.Length; number++)
        {
            var head = Assert.IsType<AppendedHead>(answers[number].Head);
            Assert.Equal(await proofs.RootAsync(head.Size, Cancel), head.Root.ToArray());
            foreach (var leaf in await reader.ReadAsync(answers[number].FirstIndex, 1 + (number % 3), Cancel))
            {
                var proof = await head.InclusionAsync(leaf.Index, Cancel);
                Assert.True(MerkleProof.VerifyInclusion(leaf.Index, head.Size, MerkleTree.LeafHash(leaf.Bytes.Span), proof, head.Root.Span));
                Assert.Equal(await proofs.InclusionAsync(leaf.Index, head.Size, Cancel), proof);
            }
        }
    }

    [Fact]
    public async Task A_commit_that_happened_though_it_was_reported_as_failed_has_its_proof_and_one_that_did_not_has_none()
    {
        using var store = new TestStore("sqlite");
        var faulty = Faulty.Of(store.Dialect);
        using var database = store.Open(_clock, faulty);
        var gate = new GateStore(database);
        await gate.RecordAsync(Plain(5), Cancel);

        faulty.Fail(Fault.After);
        var happened = await gate.RecordAsync(Plain(2), Cancel);
        faulty.Fail(Fault.Before);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => gate.RecordAsync(Plain(1), Cancel));
        var next = await gate.RecordAsync(Plain(1), Cancel);

        foreach (var (answer, size) in new[] { (happened, 7), (next, 8) })
        {
            var head = Assert.IsType<AppendedHead>(answer.Head);
            Assert.Equal(size, head.Size);
            var proof = await head.InclusionAsync(answer.FirstIndex, Cancel);
            Assert.True(MerkleProof.VerifyInclusion(answer.FirstIndex, size, head.LeafHash(answer.FirstIndex).Span, proof, head.Root.Span));
        }

        Assert.Empty((await new AuditReader(database).VerifyAsync(Cancel)).Problems);
    }

    [Fact]
    public async Task What_appends_nothing_is_answered_without_a_head()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        var gate = new GateStore(database);
        await gate.RecordAsync(Plain(1), Cancel);

        Assert.Null((await gate.RecordAsync(new Record { Change = Samples.Change(7), At = Samples.Noon }, Cancel)).Head);
    }

    private static Record Plain(int entries) => new()
    {
        Entries = [.. Enumerable.Range(0, entries).Select(_ => Samples.Entry(populations: "deploy:prod"))],
        At = Samples.Noon,
    };
}
