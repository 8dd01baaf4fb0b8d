using GitOpsGate.Attestations;
using GitOpsGate.Audit;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>Attestations, what promises them, and since when controls hold, on both databases.</summary>
public class AttestationStoreTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_promise_is_fulfilled_once_and_the_log_names_each(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (issued, log) = (new Attestations(database), new AuditReader(database));
        var tries = await Task.WhenAll(Enumerable.Range(0, 8).Select(at => issued.FulfilAsync("attest:1", [Made(at * 2, "provenance"), Made((at * 2) + 1, "vsa")], Cancel)));
        Assert.Single(tries, isNew => isNew);
        var kept = await issued.OfCommitAsync(Samples.Commit(5), Cancel);
        Assert.Equal(["provenance", "vsa"], kept.Select(one => one.Predicate).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await log.HeadAsync(Cancel)).Size);
        Assert.All(kept, one => Assert.Null(one.Ruling));
        var found = await issued.FindAsync(kept[0].Sha256, Cancel);
        Assert.Equal(kept[0].Envelope.ToArray(), found!.Envelope.ToArray());
        Assert.Equal(Samples.Commit(5), found.Commit);
        Assert.Null(await issued.FindAsync(new string('f', 64), Cancel));
        Assert.Null(await issued.FindAsync("no digest", Cancel));
        // Somebody who asks by hand gets others beside them.
        var ruling = Samples.Ruling(Samples.Change(7), Verdict.Allowed, Samples.Noon).Id;
        var asked = Made(99, "vsa");
        await issued.AddAsync(asked.Attestation with { Ruling = ruling }, asked.Entry, Cancel);
        Assert.Equal(ruling, Assert.Single(await issued.OfRulingAsync(ruling, Cancel)).Ruling);
        Assert.True(await issued.FulfilAsync("attest:2", [Made(100, "vsa")], Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task The_first_signature_of_the_same_bytes_stays(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var issued = new Attestations(database);
        var digest = new string('a', 64);
        Assert.Equal([1, 2], (await issued.KeepSignatureAsync("k", digest, new byte[] { 1, 2 }, Cancel)).ToArray());
        Assert.Equal([1, 2], (await issued.KeepSignatureAsync("k", digest, new byte[] { 3 }, Cancel)).ToArray());
        Assert.Equal([4], (await issued.KeepSignatureAsync("another", digest, new byte[] { 4 }, Cancel)).ToArray());
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_merge_is_promised_by_the_entry_of_its_ruling_and_comes_back_soon(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, outbox) = (new GateStore(database), new ObligationOutbox(database));
        var change = Samples.Change(7);
        var ruling = Samples.Ruling(change, Verdict.Allowed, Samples.Noon);
        await gate.RecordAsync(new Record { Entries = [Samples.Entry(AuditTypes.ConfigChanged)], At = Samples.Noon }, Cancel);
        await gate.RecordAsync(Samples.Record(change, ruling, Samples.Noon) with { Obligations = [] }, Cancel);
        var held = new HeldControl("rule:prod", "d", Samples.Noon, Samples.Commit(4));
        var move = new AttestedMove(Samples.Shop, "main", Samples.Commit(4), Samples.Commit(5), Samples.Noon) { Ruling = ruling.Id, Change = change.Key, Controls = [held] };
        // Nothing else is recorded of a merge from which nothing is deployed.
        for (var twice = 0; twice < 2; twice++)
            await gate.RecordAsync(new Record { Obligations = [new Obligation.Attest(move)], At = Samples.Noon }, Cancel);
        var claimed = Assert.Single(await outbox.ClaimAsync(10, TimeSpan.FromMinutes(5), Samples.Noon, Cancel));
        var owed = Assert.IsType<Obligation.Attest>(claimed.Obligation);
        Assert.Equal((1L, move.Key, move.Ruling), (claimed.AuditIndex, owed.Key, owed.Move.Ruling));
        Assert.Equal([held], owed.Move.Controls);
        // Whoever died over it is not waited for as long as over a call to a forge.
        Assert.Empty(await outbox.ClaimAsync(10, TimeSpan.FromMinutes(5), Samples.Noon.AddSeconds(10), Cancel));
        Assert.Single(await outbox.ClaimAsync(10, TimeSpan.FromMinutes(5), Samples.Noon.AddSeconds(20), Cancel));
        // What no ruling covers is promised by an entry of its own, or not at all.
        await Assert.ThrowsAsync<ArgumentException>(() => gate.RecordAsync(
            new Record { Obligations = [new Obligation.Attest(move with { Ruling = null })], At = Samples.Noon }, Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Controls_stand_beside_the_branch(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, branches) = (new GateStore(database), new BranchStore(database));
        var held = new BranchControls("r1", [new HeldControl("policy:base", "1", Samples.Noon, Samples.Commit(1))]);
        var first = new BranchStanding { Repository = Samples.Shop, Branch = "main", Covered = Samples.Commit(1), Ordered = Samples.Commit(1), Seen = Samples.Commit(1), Controls = held };
        await gate.RecordAsync(new Record { Branch = new BranchMove(null, first), At = Samples.Noon }, Cancel);
        var read = await branches.OfAsync(Samples.Shop, "main", Cancel);
        Assert.Equal(("r1", held.Held[0]), (read!.Controls.Rules, Assert.Single(read.Controls.Held)));
        await gate.RecordAsync(new Record { Branch = new BranchMove(read, read with { Seen = Samples.Commit(2), HeldSince = Samples.Noon, Controls = BranchControls.None }), At = Samples.Noon }, Cancel);
        Assert.Same(BranchControls.None, (await branches.OfAsync(Samples.Shop, "main", Cancel))!.Controls);
    }

    private static (IssuedAttestation Attestation, AuditDraft Entry) Made(int number, string predicate)
    {
        var digest = number.ToString("x64");
        var attestation = new IssuedAttestation(digest, null, predicate, Samples.Noon, new byte[] { (byte)number }) { Commit = Samples.Commit(5) };
        return (attestation, Samples.Entry(AuditTypes.AttestationIssued) with { Subject = new AuditSubject("attestation", "r", $"sha256:{digest}") });
    }
}
