using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>A status under the gate's name that somebody else wrote: seen at once, written down once, and overwritten.</summary>
public class ForeignStatusTests
{
    private readonly Rig _rig = new();

    private Memory Memory => _rig.Memory;

    private Ruling Ruling => Memory.Records[^1].Ruling!;

    [Theory]
    [InlineData(CheckState.Succeeded, "")]
    [InlineData(CheckState.Skipped, "")]
    [InlineData(CheckState.Failed, "https://ci.example.org/rulings/7")]
    [InlineData(CheckState.Pending, "https://gate.example.org/rulings/00000000-0000-7000-8000-000000000000")]
    public async Task It_is_written_down_once_and_the_gates_own_is_shown_again(CheckState state, string url)
    {
        await LookAsync();
        Shows(new StatusCheck("gitops-gate", state, "mallory", url) { Id = "71" });
        await LookAsync();
        var entry = Assert.Single(Foreign());
        Assert.Equal(AuditOutcome.Deny, entry.Outcome);
        Assert.Equal(SomeEvidence.Head.Value, ((AuditValue.Text)entry.Attributes["head"]).Value);
        Assert.DoesNotContain("mallory", entry.ToString(), StringComparison.Ordinal);
        Assert.Single(Memory.Records[^1].Obligations.OfType<Obligation.ReportStatus>());
        Assert.Equal("mallory", Assert.Single(Ruling.Foreign!.Value).By);

        // It stands there still: the next look remembers it.
        await LookAsync();
        Assert.Empty(Foreign());
        Assert.Single(Ruling.Foreign!.Value);

        Shows(new StatusCheck("gitops-gate", state, "mallory", url) { Id = "72" });
        await LookAsync();
        Assert.Single(Foreign());
        Assert.Equal(["71", "72"], Ruling.Foreign!.Value.Select(one => one.Id));
    }

    [Fact]
    public async Task The_gates_own_is_none_whichever_of_its_rulings_it_shows()
    {
        await LookAsync();
        var first = Ruling;
        _rig.Approve();
        await LookAsync();
        Shows(new StatusCheck("gitops-gate", CheckState.Pending, "gate-bot", $"https://old.example.org/rulings/{first.Id}"));
        await LookAsync();
        Assert.Empty(Foreign());
        Shows(new StatusCheck("gitops-gate", CheckState.Succeeded, "gate-bot", $"https://gate.example.org/rulings/{Ruling.Id}"));
        await LookAsync();
        Assert.Empty(Foreign());
        Assert.Null(Ruling.Foreign);
        // The page is ours, what it is said to say is not.
        Shows(new StatusCheck("gitops-gate", CheckState.Succeeded, "mallory", $"https://gate.example.org/rulings/{first.Id}"));
        await LookAsync();
        Assert.Single(Foreign());
    }

    [Fact]
    public async Task A_ruling_about_another_commit_lends_its_page_to_no_status()
    {
        _rig.Approve();
        await LookAsync();
        var allowed = Ruling;
        var world = Memory.World;
        Memory.World = world with
        {
            Change = world.Change with { Head = Rig.Id(5) },
            Content = world.Content with { Head = Rig.Id(5) },
            Reviews = [],
            Statuses = [new StatusCheck("gitops-gate", CheckState.Succeeded, "mallory", $"https://gate.example.org/rulings/{allowed.Id}")],
        };
        await LookAsync();
        Assert.Single(Foreign());
        Assert.Equal(Verdict.Held, Ruling.Verdict);
    }

    [Fact]
    public async Task Another_case_of_letters_is_the_same_name_and_another_head_begins_anew()
    {
        await LookAsync();
        Shows(new StatusCheck("GitOps-Gate", CheckState.Succeeded, "mallory", ""));
        await LookAsync();
        Assert.Single(Foreign());
        var world = Memory.World;
        Memory.World = world with { Change = world.Change with { Head = Rig.Id(6) }, Content = world.Content with { Head = Rig.Id(6) }, Statuses = [] };
        await LookAsync();
        Assert.Null(Ruling.Foreign);
    }

    [Fact]
    public async Task However_many_are_posted_only_so_many_are_written_down_and_none_is_left_green()
    {
        for (var number = 0; number < ForeignStatus.Most + 5; number++)
        {
            Shows(new StatusCheck("gitops-gate", CheckState.Succeeded, "mallory", "") { Id = $"{number}" });
            await LookAsync();
            Assert.Single(Memory.Records[^1].Obligations.OfType<Obligation.ReportStatus>());
        }

        Assert.Equal(ForeignStatus.Most, Memory.Records.SelectMany(record => record.Entries).Count(entry => entry.Type == AuditTypes.CheckOverwritten));
        Shows(new StatusCheck("gitops-gate", CheckState.Failed, "mallory", "") { Id = "last" });
        await LookAsync();
        Assert.Empty(Memory.Records[^1].Obligations.OfType<Obligation.ReportStatus>());
    }

    [Fact]
    public async Task The_delivery_of_a_foreign_status_is_enough_and_that_of_our_own_is_not()
    {
        await LookAsync();
        var ours = new ShownStatus(CheckState.Pending, $"https://gate.example.org/rulings/{Ruling.Id}");
        await TellAsync(ours);
        await TellAsync(new ShownStatus(CheckState.Pending, null));
        Assert.Equal(1, Memory.Described);
        await TellAsync(ours with { State = CheckState.Succeeded });
        await TellAsync(new ShownStatus(CheckState.Pending, "https://ci.example.org"));
        await TellAsync(new ShownStatus(CheckState.Succeeded, null));
        Assert.Equal(4, Memory.Described);
    }

    private IEnumerable<AuditDraft> Foreign() => Memory.Records[^1].Entries.Where(entry => entry.Type == AuditTypes.CheckOverwritten);

    private void Shows(StatusCheck status) => Memory.World = Memory.World with { Statuses = [status] };

    private Task LookAsync() => _rig.TellAsync(new Reading.Concerns([new Concern.Change(SomeEvidence.Change.Key)], Trigger.Change));

    private Task TellAsync(ShownStatus shown) => _rig.TellAsync(new Reading.Concerns(
        [new Concern.AtCommit(SomeEvidence.Shop, SomeEvidence.Head, "gitops-gate") { Shown = shown }], Trigger.Status));
}
