using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Facts;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>Git is read by a guess before the forge has answered, and the guess never decides what is judged.</summary>
public class EarlyReadingTests
{
    private static readonly CommitId Other = CommitId.Parse(new string('9', 40));

    private readonly Memory _memory = new();

    private ChangeRequest Change => _memory.World.Change;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_right_guess_is_read_once()
    {
        var gathered = await GatherAsync(Change);
        Assert.Equal(_memory.World.Content, gathered!.Evidence!.Content);
        Assert.Equal([(Change.Head, Change.TargetBranch)], _memory.HeadsRead);
    }

    [Fact]
    public async Task A_head_that_was_pushed_over_since_the_delivery_is_not_judged_even_if_it_is_gone()
    {
        var gathered = await GatherAsync(Change with { Head = Other });
        Assert.Equal(Change.Head, gathered!.Evidence!.Change.Head);
        Assert.Equal([(Other, Change.TargetBranch), (Change.Head, Change.TargetBranch)], _memory.HeadsRead);
    }

    [Fact]
    public async Task A_change_that_was_retargeted_since_the_delivery_is_read_for_its_new_target()
    {
        await GatherAsync(Change with { TargetBranch = "lax" });
        Assert.Equal(["lax", Change.TargetBranch], _memory.HeadsRead.Select(read => read.Target));
    }

    [Fact]
    public async Task Without_a_guess_or_with_one_that_is_not_open_or_is_another_change_nothing_is_read_early()
    {
        ChangeRequest?[] guesses =
        [
            null, Change with { State = ChangeState.Closed }, Change with { Head = default },
            Change with { Key = Change.Key with { Number = 999 } },
        ];
        foreach (var guess in guesses) await GatherAsync(guess);
        Assert.All(_memory.HeadsRead, read => Assert.Equal((Change.Head, Change.TargetBranch), read));
        Assert.Equal(guesses.Length, _memory.HeadsRead.Count);
    }

    [Fact]
    public async Task A_change_that_was_closed_meanwhile_is_not_judged_whatever_was_read()
    {
        var open = Change;
        _memory.World = _memory.World with { Change = open with { State = ChangeState.Closed } };
        Assert.Null((await GatherAsync(open with { Head = Other }))!.Evidence);
    }

    [Fact]
    public async Task Trouble_with_the_forge_is_told_also_when_the_guess_was_gone()
    {
        _memory.Trouble = new ForgeTroubleException("the forge is down", TroubleKind.Unavailable);
        await Assert.ThrowsAsync<ForgeTroubleException>(() => GatherAsync(Change with { Head = Other }));
    }

    [Fact]
    public void Two_concerns_about_one_change_are_the_same_whatever_their_deliveries_showed()
    {
        var concern = new Concern.Change(Change.Key);
        Assert.Equal(concern, concern with { Shown = Change });
        Assert.Single(new[] { concern, concern with { Shown = Change } }.Distinct());
    }

    private Task<Gathered?> GatherAsync(ChangeRequest? guess)
    {
        var gatherer = new EvidenceGatherer(SomeEvidence.Configuration, _memory, _memory, new ManualTimeProvider(SomeEvidence.Noon));
        var reach = new KnownForges(SomeEvidence.Configuration, [_memory]).Find(Change.Key.Repository.Connection)!;
        return gatherer.GatherAsync(reach, Change.Key, guess, Token);
    }
}
