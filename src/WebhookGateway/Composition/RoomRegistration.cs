using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Dispatch;
using GitOpsGate.Facts;
using GitOpsGate.Forges;
using GitOpsGate.Forges.Git;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Storage;
using GitOpsGate.Targets;
using GitOpsGate.WebhookGateway.Agents;
using GitOpsGate.WebhookGateway.Telemetry;
using GitOpsGate.WebhookGateway.Workers;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>What implements the ports, and the rooms that use them.</summary>
internal static class RoomRegistration
{
    public static IServiceCollection AddRooms(this IServiceCollection services, GateConfiguration configuration)
    {
        services.AddForges();
        services.AddGateStorage(configuration.DataFolder, configuration.PostgreSql?.Reveal());
        services.AddSingleton(new GitMirrorOptions(Path.Combine(configuration.DataFolder, "git")));
        services.AddSingleton<IGitMirror, GitMirror>();
        services.AddSingleton<IWarrantSigner>(_ => WarrantKey.Open(configuration.DataFolder));
        services.AddSingleton(given => new TargetTools(
            given.GetRequiredService<IGitMirror>(), configuration.Connections, configuration.PublicUrl,
            given.GetRequiredService<TimeProvider>(), given.GetRequiredService<DesiredDesk>()));
        services.AddSingleton<DesiredDesk>();
        services.AddSingleton<DesiredWatch>();
        services.AddSingleton<ContentTar>();
        foreach (var source in configuration.Targets)
        {
            services.AddSingleton(given => TargetRegistration.Make(source, given.GetRequiredService<TargetTools>()));
        }

        services.AddHttpClient(BundleEngines.ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan).RemoveAllLoggers();
        services.AddHttpClient(BundleEngines.WorldClientName, client => client.Timeout = Timeout.InfiniteTimeSpan).RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        services.AddSingleton<BundleEngines>();
        services.AddSingleton<IPolicyEngines>(given => given.GetRequiredService<BundleEngines>());
        services.AddSingleton<IPreparation>(given => given.GetRequiredService<BundleEngines>());
        services.AddHostedService<BundleRetry>();
        services.AddHostedService<RetentionWork>();
        services.AddSingleton<KeptGround>();
        return services.AddPipeline();
    }

    private static IServiceCollection AddPipeline(this IServiceCollection services)
    {
        services.TryAddSingleton<KnownForges>();
        services.AddSingleton<EvidenceGatherer>();
        services.AddSingleton<Judge>();
        services.AddSingleton<RulingEntries>();
        services.AddSingleton<ChangeWalk>();
        services.AddSingleton<Coverage>();
        services.AddSingleton<PushOrders>();
        services.AddSingleton<OpenChanges>();
        services.AddSingleton<PushWalk>();
        services.AddSingleton<MergeGroupWalk>();
        services.AddSingleton<DeploymentJudge>();
        services.AddSingleton<DeploymentWalk>();
        services.AddSingleton<AccessWalk>();
        services.AddSingleton<ConcernWalks>();
        services.AddSingleton(given => new DeliveryPipeline(
            given.GetRequiredService<GateConfiguration>(), given.GetRequiredService<KnownForges>(),
            given.GetRequiredService<ConcernWalks>(), given.GetRequiredService<IGateReader>(),
            new CountingStore(given.GetRequiredService<IGateStore>(), given.GetRequiredService<GateMeters>())));
        services.AddDeliveryWorker();
        services.AddSingleton<DeliveryWork>();
        services.AddSingleton<IWork<DeliveryWalk>>(given => new AfterBundles<DeliveryWalk>(
            given.Watched(given.GetRequiredService<DeliveryWork>()), given.GetRequiredService<BundleEngines>()));
        return services;
    }
}
