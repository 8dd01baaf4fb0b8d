using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>Sealed secrets come back as they came, one for each name.</summary>
public class SealedSecretTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_seal_is_stored_replaced_listed_and_removed(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var secrets = new SealedSecrets(database);
        Assert.Null(await secrets.FindAsync("hub", Cancel));
        await secrets.SetAsync("hub", new byte[] { 1, 0, 255 }, Samples.Noon, Cancel);
        await secrets.SetAsync("Lab", new byte[] { 9 }, Samples.Noon, Cancel);
        await secrets.SetAsync("hub", new byte[] { 2, 3 }, Samples.Noon.AddHours(1), Cancel);
        Assert.Equal(new byte[] { 2, 3 }, (await secrets.FindAsync("hub", Cancel))!.Value.ToArray());
        Assert.Equal(
            [new StoredSecretName("Lab", Samples.Noon), new StoredSecretName("hub", Samples.Noon.AddHours(1))], await secrets.NamesAsync(Cancel));
        Assert.True(await secrets.RemoveAsync("hub", Cancel));
        Assert.False(await secrets.RemoveAsync("hub", Cancel));
        Assert.Null(await secrets.FindAsync("hub", Cancel));
    }
}
