using System.Collections.Immutable;
using GitOpsGate.Configuration;
using GitOpsGate.Targets.Sinks;
using GitOpsGate.WebhookGateway.Workers;

namespace GitOpsGate.WebhookGateway.Audit.Sinks;

/// <summary>The sinks of the configuration, and the worker that fills them; without sinks, no worker.</summary>
internal static class SinkHosting
{
    public static IServiceCollection AddSinks(this IServiceCollection services, GateConfiguration configuration)
    {
        services.AddSingleton<SinkBoard>();
        ImmutableArray<SinkSource> sources = configuration.Audit?.Sinks ?? [];
        if (sources.IsEmpty) return services;
        foreach (var source in sources) services.AddSingleton(given => SinkRegistration.Make(source, given.GetRequiredService<TimeProvider>()));
        services.AddSingleton<SinkRooms>();
        services.AddSingleton<IWork<SinkTurn>, SinkWork>();
        services.AddHostedService<WorkerLoop<SinkTurn>>();
        return services;
    }
}
