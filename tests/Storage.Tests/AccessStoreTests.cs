using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>Where the gate's credentials reach no more, on both databases.</summary>
public class AccessStoreTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task What_was_lost_is_kept_once_in_either_case_of_letters_until_it_is_regained(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var access = new AccessStore(database);
        Assert.Empty(await access.LostAsync(Cancel));
        var owner = new LostAccess(Samples.Shop with { Path = "Acme" }, "suspended", Samples.Noon, null);
        var moved = new LostAccess(Samples.Shop, "moved", Samples.Noon.AddMinutes(1), "acme/store");
        await access.LoseAsync(owner, Cancel);
        await access.LoseAsync(moved with { Why = "something else", MovedTo = null }, Cancel);
        await access.LoseAsync(moved, Cancel);
        Assert.Equal([owner, moved], await access.LostAsync(Cancel));
        await access.RegainAsync(owner.Place with { Path = "acme" }, Cancel);
        Assert.Equal([moved], await access.LostAsync(Cancel));
        await access.RegainAsync(Samples.Shop with { Path = Samples.Shop.Path.ToUpperInvariant() }, Cancel);
        Assert.Empty(await access.LostAsync(Cancel));
    }
}
