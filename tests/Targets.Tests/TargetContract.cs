using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Targets.Tests;

/// <summary>A target in a world that a test can spoil.</summary>
public interface ITargetRig : IAsyncDisposable
{
    ITarget Target { get; }

    /// <summary>How often something was really deployed.</summary>
    int Deployments { get; }

    /// <summary>From now on the other side says no.</summary>
    void Refuse();

    /// <summary>From now on the other side cannot be reached.</summary>
    void Fail();

    /// <summary>From now on an order is carried out and its answer is lost.</summary>
    void LoseAnswers();

    /// <summary>All is well again.</summary>
    void Heal();
}

/// <summary>What every target must do. A new target derives from it with its own rig.</summary>
public abstract class TargetContract
{
    public static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract Task<ITargetRig> StartAsync();

    [Fact]
    public async Task An_order_is_accepted_and_found()
    {
        await using var rig = await StartAsync();

        var sent = Assert.IsType<Receipt.Accepted>(await SendAsync(rig));

        Assert.Equal(1, rig.Deployments);
        Assert.Equal(sent, await rig.Target.FindAsync(Order(), Token));
    }

    [Fact]
    public async Task A_no_is_final_and_nothing_is_deployed()
    {
        await using var rig = await StartAsync();
        rig.Refuse();

        Assert.IsType<Receipt.Refused>(await SendAsync(rig));
        Assert.Equal(0, rig.Deployments);
    }

    [Fact]
    public async Task What_was_never_sent_may_be_sent_again()
    {
        await using var rig = await StartAsync();
        rig.Fail();

        Assert.IsType<Receipt.NotYet>(await SendAsync(rig));
        Assert.Equal(0, rig.Deployments);
        rig.Heal();
        Assert.Null(await rig.Target.FindAsync(Order(), Token));
        Assert.IsType<Receipt.Accepted>(await SendAsync(rig));
    }

    [Fact]
    public async Task A_lost_answer_is_unclear_until_it_is_found_out_that_it_happened()
    {
        await using var rig = await StartAsync();
        rig.LoseAnswers();

        Assert.IsType<Receipt.Unclear>(await SendAsync(rig));
        rig.Heal();

        Assert.IsType<Receipt.Accepted>(await rig.Target.FindAsync(Order(), Token));
        Assert.Equal(1, rig.Deployments);
    }

    [Fact]
    public async Task The_same_order_twice_is_one_deployment_with_one_reference()
    {
        await using var rig = await StartAsync();

        var (first, second) = (await SendAsync(rig), await SendAsync(rig));

        Assert.IsType<Receipt.Accepted>(first);
        Assert.Equal(first, second);
        Assert.Equal(1, rig.Deployments);
    }

    [Fact]
    public async Task An_order_that_nobody_sent_is_not_found()
    {
        await using var rig = await StartAsync();

        Assert.Null(await rig.Target.FindAsync(Order(), Token));
    }

    public static Task<Receipt> SendAsync(ITargetRig rig) => rig.Target.SendAsync(Order(), Sample.Warrant, Token);

    public static DispatchOrder Order(char commit = 'a', string push = "1") => Sample.Order(commit, push);
}

/// <summary>Orders, warrants and sources to test with.</summary>
public static class Sample
{
    private static readonly WarrantSigner Signer = new(WarrantSigner.NewKey());

    public static RepositoryKey Repository { get; } = new(new ConnectionName("acme"), "acme/shop");

    public static DateTimeOffset Now { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static Warrant Warrant => Signer.Sign(Order(), Now);

    public static string PublicKey => Signer.PublicKey;

    public static DispatchOrder Order(char commit = 'a', string push = "1")
    {
        var id = CommitId.Parse(new string(commit, 40));
        return new DispatchOrder
        {
            Id = OrderId.Derive("prod", "site", id, push),
            Environment = "prod",
            Target = "site",
            Repository = Repository,
            Branch = "main",
            Commit = id,
            Tree = new string(commit, 40),
            Ruling = default,
            OrderedAt = Now,
        };
    }

    public static TargetSource Source(string kind, IEnumerable<(string, string)> settings, params IEnumerable<(string, string)> secrets) => new(
        "site", kind, settings.ToImmutableSortedDictionary(pair => pair.Item1, pair => pair.Item2),
        secrets.ToImmutableSortedDictionary(pair => pair.Item1, pair => new Secret(pair.Item2)));

    public static TargetTools Tools(IGitMirror git, ManualTimeProvider? clock = null, IDesiredStore? desired = null) => new(
        git,
        [new Connection { Name = Repository.Connection, Forge = "github", ApiUrl = "", GitUrl = "", Token = new Secret(""), WebhookSecrets = [] }],
        "https://gate.example.org",
        clock ?? new ManualTimeProvider(),
        new DesiredDesk(desired ?? new MemoryDesired(), Signer, clock ?? new ManualTimeProvider()));
}
