using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Targets.Tests.Agent;

public sealed class AgentTargetTests : TargetContract
{
    protected override Task<ITargetRig> StartAsync() => Task.FromResult<ITargetRig>(new Rig());

    [Fact]
    public async Task The_newest_order_wins_and_an_old_one_that_comes_again_does_not()
    {
        await using var rig = new Rig();
        foreach (var commit in "aba") await rig.Target.SendAsync(Order(commit), Sample.Warrant, Token);

        Assert.Equal([1, 2], rig.Store.Published.Select(state => state.Version));
        Assert.Equal(Order('b').Id, (await rig.Store.NewestAsync("site", Token))!.Order.Id);
        var again = Assert.IsType<Receipt.Accepted>(await rig.Target.SendAsync(Order('a', push: "2"), Sample.Warrant, Token));
        Assert.Equal("version 3, which waits for the agent", again.Reference);
    }

    [Fact]
    public async Task What_is_published_is_signed_and_carries_the_warrant()
    {
        await using var rig = new Rig();
        var order = Order();
        await rig.Target.SendAsync(order, Sample.Warrant, Token);

        var check = DesiredVerifier.Check(rig.Store.Published[0].Envelope, Sample.PublicKey, "site", null, new ManualTimeProvider().GetUtcNow());

        var good = Assert.IsType<DesiredCheck.Good>(check);
        Assert.Equal((order.Id, order.Tree, 1), (good.Permission.OrderId, good.Permission.Tree, good.Document.Version));
        Assert.Equal(TimeSpan.FromMinutes(60), good.Document.Expires - good.Document.IssuedAt);
    }

    [Fact]
    public async Task A_tree_that_is_not_the_approved_one_is_refused()
    {
        await using var rig = new Rig();
        var receipt = await rig.Target.SendAsync(Order() with { Tree = new string('f', 40) }, Sample.Warrant, Token);
        Assert.Contains("the order is for", Assert.IsType<Receipt.Refused>(receipt).Why);
        Assert.Empty(rig.Store.Published);
    }

    [Fact]
    public void Wrong_settings_are_told() => Assert.Equal(
        [
            "target `site` has `lifetimeMinutes: 4`; it must be a whole number from 5 to 1440",
            "target `site` has the setting `path`, which a `agent` target does not know",
        ],
        TargetRegistration.Check(Sample.Source("agent", [("lifetimeMinutes", "4"), ("path", "x")])));

    private sealed class Rig : ITargetRig
    {
        private readonly MemoryMirror _git = new();

        public Rig() => Target = TargetRegistration.Make(Sample.Source("agent", []), Sample.Tools(_git, null, Store));

        public MemoryDesired Store { get; } = new();

        public ITarget Target { get; }

        public int Deployments => Store.Published.Count;

        public void Refuse() => _git.Trouble = new GitTroubleException("the commit is gone", isPermanent: true);

        public void Fail() => _git.Trouble = new GitTroubleException("the forge does not answer", isPermanent: false);

        public void LoseAnswers() => Store.LosesAnswers = true;

        public void Heal()
        {
            _git.Trouble = null;
            Store.LosesAnswers = false;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
