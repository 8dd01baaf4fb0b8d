using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>The reconciler, and those who tell it when it is needed.</summary>
internal static class ReconcileRegistration
{
    /// <summary>When rounds are due: workers tell it of trouble, with or without a reconciler.</summary>
    public static IServiceCollection AddReconcileSchedule(this IServiceCollection services) =>
        services.AddSingleton(given =>
        {
            var clock = given.GetRequiredService<TimeProvider>();
            // Several gateways that start at one moment should not go the same way.
            var seed = HashCode.Combine(clock.GetUtcNow().Ticks, Environment.ProcessId);
            return new ReconcileSchedule(given.GetRequiredService<GateConfiguration>().Reconcile, clock, new Random(seed));
        });

    public static IServiceCollection AddReconciler(this IServiceCollection services)
    {
        services.AddSingleton<HookKeeper>();
        services.AddSingleton<MissedDeliveries>();
        services.AddSingleton<ForgeSurvey>();
        services.AddSingleton<Comparison>();
        services.AddSingleton<RoundRooms>();
        services.AddSingleton<Reconciler>();
        services.AddSingleton<ReconcileMeters>();
        services.AddSingleton<ReconcileRooms>();
        services.AddSingleton<IWork<ReconcileRound>, ReconcileWork>();
        services.AddHostedService<WorkerLoop<ReconcileRound>>();
        return services;
    }

    /// <summary>The same work, watched for what the reconciler has to know.</summary>
    public static IWork<DeliveryWalk> Watched(this IServiceProvider given, IWork<DeliveryWalk> work) =>
        new ReconcileWatch<DeliveryWalk>(work, given.GetRequiredService<ReconcileSchedule>(), ReconcileWatch.Of);

    /// <summary>The same work, watched for what the reconciler has to know.</summary>
    public static IWork<ClaimedObligation> Watched(this IServiceProvider given, IWork<ClaimedObligation> work) =>
        new ReconcileWatch<ClaimedObligation>(work, given.GetRequiredService<ReconcileSchedule>(), ReconcileWatch.Of);
}
