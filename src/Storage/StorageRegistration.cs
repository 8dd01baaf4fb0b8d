using GitOpsGate.Ports;
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
    /// </summary>
    /// <param name="dataFolder">Where the SQLite file stands; created when it is absent. Not used with PostgreSQL.</param>
    /// <param name="postgres">A connection string of PostgreSQL, or null for SQLite.</param>
    public static IServiceCollection AddGateStorage(this IServiceCollection services, string dataFolder, string? postgres)
    {
        services.AddSingleton(provider => Open(
            dataFolder, postgres, provider.GetService<TimeProvider>() ?? TimeProvider.System, provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<IDeliveryInbox, DeliveryInbox>();
        services.AddSingleton<IGateStore, GateStore>();
        services.AddSingleton<IObligationOutbox, ObligationOutbox>();
        services.AddSingleton<IGateReader, GateReader>();
        services.AddSingleton<IAuditReader, AuditReader>();
        services.AddSingleton<ITokenStore, TokenStore>();
        services.AddSingleton<IIdentities, Identities>();
        return services;
    }

    private static Database Open(string dataFolder, string? postgres, TimeProvider clock, ILoggerFactory logs)
    {
        if (postgres is not null) return Database.Open(new PostgresDialect(postgres), clock, logs);
        Directory.CreateDirectory(dataFolder);
        return Database.Open(new SqliteDialect(Path.Combine(dataFolder, FileName)), clock, logs);
    }
}
