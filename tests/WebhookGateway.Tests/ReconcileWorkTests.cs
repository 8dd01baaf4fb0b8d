using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
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
                new Reconciler(round, rooms, rooms, _store, _clock), new KnownForges(configuration, [new MemoryForge()]), _store,
                ActivatorUtilities.CreateInstance<ReconcileMeters>(services)),
            configuration, schedule, _clock, NullLogger<ReconcileWork>.Instance);
        Assert.Empty(await work.ClaimAsync(9, Token));
        _clock.Advance(TimeSpan.FromMinutes(1));
        return (await work.ClaimAsync(9, Token)).Select(due => due.Repository.Path).Order(StringComparer.Ordinal);
    }
}
