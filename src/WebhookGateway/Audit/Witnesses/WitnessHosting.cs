using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Witnesses;

namespace GitOpsGate.WebhookGateway.Audit.Witnesses;

/// <summary>The witnesses of the configuration, and the worker that has them cosign; without witnesses, no worker.</summary>
internal static class WitnessHosting
{
    public static IServiceCollection AddWitnesses(this IServiceCollection services, WitnessSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<WitnessFeed>();
        services.AddSingleton<WitnessedHead>();
        services.AddSingleton<WitnessBoard>();
        services.AddSingleton(given => new WitnessClock(given.GetRequiredService<TimeProvider>(), given.GetRequiredService<ILogger<WitnessWork>>()));
        services.AddSingleton<WitnessRounds>();
        if (settings.Sources.IsEmpty) return services;
        foreach (var source in settings.Sources) services.AddSingleton<IWitnessLink>(given => new HttpWitness(source, given.GetRequiredService<TimeProvider>()));
        services.AddHostedService<WitnessWork>();
        return services;
    }

    /// <summary>Holds the log against its witnesses before anything is taken in.</summary>
    /// <exception cref="GitOpsGate.Audit.Checkpoints.LogRolledBackException">It is not what they have cosigned.</exception>
    public static Task CheckWitnessesAsync(this IServiceProvider rooms, CancellationToken cancellation)
    {
        var clock = rooms.GetRequiredService<WitnessClock>();
        return rooms.GetRequiredService<WitnessRounds>().CheckAsync(clock.StartPatience, clock.Log.NotConfirmed, cancellation);
    }
}
