using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;
using GitOpsGate.Testing;
using GitOpsGate.WebhookGateway.Tests.Doubles;
using GitOpsGate.WebhookGateway.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>Which repositories are compared.</summary>
public class ReconcileWorkTests
{
    private static readonly RepositoryKey Shop = new(new ConnectionName("github"), "acme/shop");

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryReconciliation _store = new();
    private readonly MemoryAccess _access = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Those_of_environments_and_of_the_records_are_once_each_however_they_are_spelled()
    {
        _store.Repositories.AddRange([Shop, Shop with { Path = "acme/blog" }, new RepositoryKey(new ConnectionName("gone"), "acme/old")]);
        Assert.Equal(["acme/blog", "acme/docs", "acme/shop"], await DueAsync(Configuration(isOff: false)));
    }

    [Fact]
    public async Task None_is_when_it_is_switched_off()
    {
        _store.Repositories.Add(Shop);
        Assert.Empty(await DueAsync(Configuration(isOff: true)));
    }

    [Theory]
    [InlineData("acme", null, 0, "")]
    [InlineData("Acme/Shop", null, 0, "acme/docs")]
    [InlineData("acme/shop", null, 30, "acme/docs acme/shop")]
    [InlineData("acme/shop", "acme/store", 30, "acme/docs")]
    public async Task What_a_forge_took_from_us_is_not_expected_for_a_day_and_what_moved_never_again(
        string place, string? movedTo, int hoursAgo, string expected)
    {
        var since = _clock.GetUtcNow() - TimeSpan.FromHours(hoursAgo);
        _access.Lost.Add(new LostAccess(Shop with { Path = place }, "gone", since, movedTo));
        Assert.Equal(expected, string.Join(' ', (await DueAsync(Configuration(isOff: false))).Select(path => path.ToLowerInvariant()).Order(StringComparer.Ordinal)));
    }

    private static GateConfiguration Configuration(bool isOff) => RunningGateway.Configuration("/nowhere") with
    {
        Reconcile = new ReconcileSettings { IsOff = isOff },
        Environments =
        [
            new EnvironmentSource("production", Shop with { Path = "Acme/Shop" }, "main", "", ["folder"]),
            new EnvironmentSource("docs", Shop with { Path = "acme/docs" }, "main", "", ["folder"]),
        ],
    };

    private async Task<IEnumerable<string>> DueAsync(GateConfiguration configuration)
    {
        var rooms = new MemoryRooms();
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var schedule = new ReconcileSchedule(configuration.Reconcile, _clock, new Random(7));
        var round = new RoundRooms(
            new HookKeeper(configuration, rooms, _store, _clock), new MissedDeliveries(configuration, _store),
            new ForgeSurvey(configuration, _store, _clock), new Comparison(rooms, _store, _clock));
        var work = new ReconcileWork(
            new ReconcileRooms(
                new Reconciler(round, rooms, rooms, _store, _clock), new KnownForges(configuration, [new MemoryForge()]), _store, _access,
                ActivatorUtilities.CreateInstance<ReconcileMeters>(services)),
            configuration, schedule, _clock, NullLogger<ReconcileWork>.Instance);
        Assert.Empty(await work.ClaimAsync(9, Token));
        _clock.Advance(TimeSpan.FromMinutes(1));
        return (await work.ClaimAsync(9, Token)).Select(due => due.Repository.Path).Order(StringComparer.Ordinal);
    }
}
