namespace GitOpsGate.WebhookGateway.Telemetry;

/// <summary>Meters, their text, and readiness.</summary>
internal static class TelemetryRegistration
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<GateMeters>();
        services.AddSingleton(given => new PrometheusText(meter =>
            meter.Name.StartsWith(GateMeters.Name, StringComparison.Ordinal) && IsOurs(meter.Scope, given)));
        services.AddSingleton<Readiness>();
        services.AddHostedService<MetersAtStart>();
        return services;
    }

    /// <summary>Several gateways may run in one process, as in tests; each shows its own meters.</summary>
    private static bool IsOurs(object? scope, IServiceProvider given) =>
        scope is null || ReferenceEquals(scope, given.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());

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
