using System.Diagnostics.Metrics;

namespace GitOpsGate.WebhookGateway.Telemetry;

/// <summary>Meters, their text, and readiness.</summary>
internal static class TelemetryRegistration
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<GateMeters>();
        services.AddSingleton(given => Text(given.GetRequiredService<IMeterFactory>()));
        services.AddSingleton<Readiness>();
        services.AddHostedService<MetersAtStart>();
        return services;
    }

    /// <summary>Several gateways may run in one process, as in tests; each shows its own meters, and may hear of another's while it ends.</summary>
    private static PrometheusText Text(IMeterFactory ours) => new(meter =>
        meter.Name.StartsWith(GateMeters.Name, StringComparison.Ordinal) && (meter.Scope is null || ReferenceEquals(meter.Scope, ours)));

    /// <summary>Listens from the start, not from the first scrape on.</summary>
    private sealed class MetersAtStart(PrometheusText text, GateMeters meters) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(text);
            ArgumentNullException.ThrowIfNull(meters);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
