using GitOpsGate.Attestations;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>The workers.</summary>
internal static class WorkerRegistration
{
    public static IServiceCollection AddWorkers(this IServiceCollection services)
    {
        services.TryAddSingleton<KnownForges>();
        services.AddSingleton<TargetRoster>();
        services.AddSingleton<Discharger>();
        services.AddSingleton<MergeAttestations>();
        services.AddSingleton<Discharges>();
        services.AddReconcileSchedule();
        services.AddSingleton<ObligationWork>();
        services.AddSingleton(given => given.Watched(given.GetRequiredService<ObligationWork>()));
        services.AddHostedService<WorkerLoop<ClaimedObligation>>();
        services.AddSingleton<IWork<Revision>, PendingWork>();
        services.AddHostedService<WorkerLoop<Revision>>();
        return services;
    }

    /// <summary>Takes the loops out again: what is stored then waits for a gateway that has them.</summary>
    public static void RemoveWorkers(this IServiceCollection services)
    {
        var loops = services.Where(one => one.ServiceType == typeof(IHostedService)
            && (one.ImplementationType == typeof(RetentionWork)
                || (one.ImplementationType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(WorkerLoop<>))));
        foreach (var loop in loops.ToArray()) services.Remove(loop);
    }

    public static IServiceCollection AddDeliveryWorker(this IServiceCollection services)
    {
        services.AddHostedService<WorkerLoop<DeliveryWalk>>();
        return services.AddReconciler();
    }
}
