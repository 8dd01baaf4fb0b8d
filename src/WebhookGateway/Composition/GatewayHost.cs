using GitOpsGate.Configuration;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Agents;
using GitOpsGate.WebhookGateway.Api;
using GitOpsGate.WebhookGateway.Intake;
using GitOpsGate.WebhookGateway.Telemetry;
using GitOpsGate.WebhookGateway.Ui;
using GitOpsGate.WebhookGateway.Workers;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>Puts a gateway together: what it listens on, who may come in, what is where.</summary>
public static class GatewayHost
{
    /// <summary>Makes the gateway, not started.</summary>
    /// <param name="urls">Where it listens, divided by semicolons.</param>
    /// <param name="addRooms">Adds what implements the ports: forges, targets, storage, Git, engines.</param>
    public static WebApplication Build(
        GateConfiguration configuration, string urls, IntakeOptions intake, Action<IServiceCollection> addRooms)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(urls);
        builder.WebHost.ConfigureKestrel(options => Bound(options, intake));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        // The keys lie in a folder that only we may read; what else could encrypt them would lie beside them.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Logging.AddFilter("GitOpsGate.WebhookGateway.Access", LogLevel.Warning);
        builder.Services.AddSingleton(configuration);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddIntake(intake);
        builder.Services.AddTelemetry();
        builder.Services.AddAccess(configuration);
        builder.Services.AddActs();
        builder.Services.AddWorkers();
        builder.Services.AddGateUi();
        builder.Services.AddOpenApi("v1");
        builder.Services.AddProblemDetails();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.ConfigureHttpJsonOptions(options => ApiJson.Describe(options.SerializerOptions));
        addRooms(builder.Services);
        var app = builder.Build();
        Map(app);
        return app;
    }

    private static void Map(WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseMiddleware<RequestLines>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapHooks();
        app.MapHealth();
        app.MapSessions();
        app.MapGateApi();
        app.MapAgents();
        app.MapGateUi();
        app.MapOpenApi().RequireAuthorization(Schemes.Viewer);
    }

    /// <summary>What a stranger may hold: a slow caller is cut off, headers are small and come soon.</summary>
    private static void Bound(KestrelServerOptions options, IntakeOptions intake)
    {
        options.AddServerHeader = false;
        // Kestrel counts the framing of chunks too; the door itself counts the body to the byte.
        options.Limits.MaxRequestBodySize = 2L * intake.BodyLimit;
        options.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        options.Limits.MaxRequestHeaderCount = 64;
        options.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
    }
}
