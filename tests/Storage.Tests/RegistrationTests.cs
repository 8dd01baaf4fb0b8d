using GitOpsGate.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>How the gateway gets its stores.</summary>
public class RegistrationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_storage_port_comes_from_one_opened_database()
    {
        using var store = new TestStore("sqlite");
        await using var provider = Provider(store);
        Type[] ports =
        [
            typeof(IDeliveryInbox), typeof(IGateStore), typeof(IObligationOutbox), typeof(IGateReader), typeof(IAuditReader),
            typeof(ITokenStore), typeof(IIdentities), typeof(IDesiredStore), typeof(ISealedSecrets),
        ];
        Assert.All(ports, port => Assert.NotNull(provider.GetRequiredService(port)));

        await provider.GetRequiredService<IDeliveryInbox>().AcceptAsync(Samples.Delivery(1), Cancel);
        Assert.Equal(1, (await provider.GetRequiredService<IGateReader>().CountsAsync(Cancel)).Deliveries[DeliveryState.Waiting]);
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_is_turned_away_until_the_first_has_ended()
    {
        using var store = new TestStore("sqlite");
        await using (var first = Provider(store))
        {
            first.GetRequiredService<IDeliveryInbox>();
            await using var second = Provider(store);
            var refusal = Assert.Throws<DataFolderInUseException>(() => second.GetRequiredService<IDeliveryInbox>());
            Assert.Contains("in use by another gateway", refusal.Message, StringComparison.Ordinal);
        }

        await using var third = Provider(store);
        Assert.NotNull(third.GetRequiredService<IDeliveryInbox>());
    }

    private static ServiceProvider Provider(TestStore store) =>
        new ServiceCollection()
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance)
            .AddGateStorage(Path.GetDirectoryName(store.SqlitePath)!, null)
            .BuildServiceProvider();
}
