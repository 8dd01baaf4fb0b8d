using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>The workers.</summary>
internal static class WorkerRegistration
{
    public static IServiceCollection AddWorkers(this IServiceCollection services)
    {
        services.AddSingleton<TargetRoster>();
        services.AddSingleton<Discharger>();
        services.AddSingleton<IWork<ClaimedObligation>, ObligationWork>();
        services.AddHostedService<WorkerLoop<ClaimedObligation>>();
        return services;
    }

    public static IServiceCollection AddDeliveryWorker(this IServiceCollection services)
    {
        services.AddSingleton<IWork<DeliveryWalk>, DeliveryWork>();
        services.AddHostedService<WorkerLoop<DeliveryWalk>>();
        return services;
    }
}
