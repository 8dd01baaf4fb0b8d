using GitOpsGate.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace GitOpsGate.Forges.Tests;

/// <summary>The room as the gateway puts it together, so that tests go through its public door.</summary>
public static class Rooms
{
    private static readonly ServiceProvider Plain = new ServiceCollection().AddForges().BuildServiceProvider();

    /// <summary>A forge with the usual bounds and the machine's clock.</summary>
    public static IForge Forge(string name) => Plain.GetRequiredService<ForgeRoster>().Find(name)!;

    /// <summary>A room of its own: nothing that one test did to it is seen by another.</summary>
    public static ServiceProvider Fresh(ForgeHttpOptions? options = null, TimeProvider? clock = null) =>
        new ServiceCollection()
            .AddSingleton(options ?? new ForgeHttpOptions { Timeout = TimeSpan.FromSeconds(5) })
            .AddSingleton(clock ?? TimeProvider.System)
            .AddForges()
            .BuildServiceProvider();
}
