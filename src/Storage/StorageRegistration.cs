using GitOpsGate.Ports;
using GitOpsGate.Storage.Privacy;
using GitOpsGate.Storage.Reading;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Storage;

/// <summary>Puts the stores into a container.</summary>
public static class StorageRegistration
{
    /// <summary>The database's file in the data folder, when it is SQLite.</summary>
    public const string FileName = "gate.db";

    /// <summary>
    /// Registers every storage port. The database is opened and migrated when the first of them is asked for; the container closes it.
    /// Opening throws <see cref="SchemaMismatchException"/> for another version's database, and
    /// <see cref="DataFolderInUseException"/> when another process has the folder.
    /// </summary>
    /// <param name="dataFolder">Where the SQLite file stands; created when it is absent. Not used with PostgreSQL.</param>
    /// <param name="postgres">A connection string of PostgreSQL, or null for SQLite.</param>
    public static IServiceCollection AddGateStorage(this IServiceCollection services, string dataFolder, string? postgres)
    {
        if (postgres is null) services.AddSingleton(_ => new DataFolder(dataFolder));
        services.AddSingleton(provider => Database.Open(
            DialectOf(provider, dataFolder, postgres),
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetService<IKeyWrap>()));
        services.AddSingleton<IDeliveryInbox, DeliveryInbox>();
        services.AddSingleton<IGateStore, GateStore>();
        services.AddSingleton<IBranchStore, BranchStore>();
        services.AddSingleton<IDeploymentStore, DeploymentStore>();
        services.AddSingleton<IObligationOutbox, ObligationOutbox>();
        services.AddSingleton<IGateReader, GateReader>();
        services.AddSingleton<IAuditReader, AuditReader>();
        services.AddSingleton<ILogCounters, LogCounterReader>();
        services.AddSingleton<ICheckpointStore, CheckpointStore>();
        services.AddSingleton<ILogMilestones, LogMilestones>();
        services.AddSingleton<ILogRecovery, LogRecoveryStore>();
        services.AddSingleton<ISinkStore, SinkStore>();
        services.AddSingleton<IAnchorStore, AnchorStore>();
        services.AddSingleton<IAuditorLinks, AuditorLinks>();
        services.AddSingleton<IAttestations, Attestations>();
        services.AddSingleton<ITokenStore, TokenStore>();
        services.AddSingleton<ISealedSecrets, SealedSecrets>();
        services.AddSingleton<IIdentities, Identities>();
        services.AddSingleton<ISealedSections, SealedSections>();
        services.AddSingleton<IPrivacyStore, PrivacyStore>();
        services.AddSingleton<IWebhookRetention, WebhookRetention>();
        services.AddSingleton<IKeptSources, KeptSources>();
        services.AddSingleton<IDesiredStore, DesiredStore>();
        services.AddSingleton<IReconcileStore, ReconcileStore>();
        services.AddSingleton<IAccessStore, AccessStore>();
        return services;
    }

    private static Dialect DialectOf(IServiceProvider provider, string dataFolder, string? postgres)
    {
        if (postgres is not null) return new PostgresDialect(postgres);

        // Held before the database is opened, and let go after it is closed: containers dispose in the reverse order.
        provider.GetRequiredService<DataFolder>();
        return new SqliteDialect(Path.Combine(dataFolder, FileName));
    }
}
