using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>What forges say of the gate's own access is followed at once, and written down.</summary>
public class AccessWalkTests
{
    private static readonly RepositoryKey Acme = SomeEvidence.Shop with { Path = "acme" };
    private static readonly RepositoryKey Store = SomeEvidence.Shop with { Path = "acme/store" };

    private readonly Rig _rig = new();

    private AuditDraft Entry => Assert.Single(_rig.Memory.Records[^1].Entries, entry => entry.Type == AuditTypes.ConfigChanged);

    [Fact]
    public async Task Access_that_ends_is_known_until_it_comes_back()
    {
        await TellAsync(new Concern.Access(Acme, IsLost: true, "the app's installation on `acme` was suspended"));
        var lost = Assert.Single(_rig.Access.Lost);
        Assert.True(lost.Covers(SomeEvidence.Shop));
        Assert.False(lost.Covers(SomeEvidence.Shop with { Path = "acmeville/shop" }));
        Assert.False(lost.Covers(SomeEvidence.Shop with { Connection = new ConnectionName("other") }));
        Assert.Equal(AuditOutcome.Failure, Entry.Outcome);
        Assert.Equal("the app's installation on `acme` was suspended", _rig.Note);
        await TellAsync(new Concern.Access(Acme, IsLost: false, "the app's installation on `acme` works again"));
        Assert.Empty(_rig.Access.Lost);
        Assert.Equal(AuditOutcome.Success, Entry.Outcome);
    }

    [Fact]
    public async Task A_repository_that_moves_takes_its_open_changes_and_its_hook_along()
    {
        await _rig.TellAsync(new Reading.Concerns([new Concern.Change(SomeEvidence.Change.Key)], Trigger.Change));
        _rig.Access.Hooked.Add(SomeEvidence.Shop);
        await TellAsync(new Concern.Moved(Store, SomeEvidence.Shop));

        var old = await _rig.Memory.ChangeAsync(SomeEvidence.Change.Key, TestContext.Current.CancellationToken);
        Assert.Equal(ChangeState.Closed, old!.Change.State);
        var moved = await _rig.Memory.ChangeAsync(new ChangeKey(Store, 7), TestContext.Current.CancellationToken);
        Assert.Equal((ChangeState.Open, Verdict.Held), (moved!.Change.State, moved.Latest!.Verdict));
        Assert.Contains(Store, _rig.Access.Hooked);
        var lost = Assert.Single(_rig.Access.Lost);
        Assert.Equal((SomeEvidence.Shop, "acme/store"), (lost.Place, lost.MovedTo));
        var ended = Assert.Single(_rig.Memory.Records.SelectMany(record => record.Entries), entry => entry.Type == AuditTypes.ChangeClosed);
        Assert.Equal("forge:acme/store", ((AuditValue.Text)ended.Attributes["movedTo"]).Value);

        // And back again: neither name stands in the way of the other.
        await TellAsync(new Concern.Moved(SomeEvidence.Shop, Store));
        Assert.Equal(Store, Assert.Single(_rig.Access.Lost).Place);
        var back = await _rig.Memory.ChangeAsync(SomeEvidence.Change.Key, TestContext.Current.CancellationToken);
        Assert.Equal(ChangeState.Open, back!.Change.State);
    }

    private Task TellAsync(Concern concern) => _rig.TellAsync(new Reading.Concerns([concern], Trigger.Settings));
}
