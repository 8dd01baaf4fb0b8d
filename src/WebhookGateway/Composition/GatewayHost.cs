using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Agents;
using GitOpsGate.WebhookGateway.Api;
using GitOpsGate.WebhookGateway.Audit;
using GitOpsGate.WebhookGateway.Audit.Links;
using GitOpsGate.WebhookGateway.Intake;
using GitOpsGate.WebhookGateway.Secrets;
using GitOpsGate.WebhookGateway.Telemetry;
using GitOpsGate.WebhookGateway.Ui;
using GitOpsGate.WebhookGateway.Workers;
using Microsoft.AspNetCore.Connections;
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
        // One hop between threads less for each call; nobody here blocks for longer than a page's query.
        builder.WebHost.UseSockets(options => options.UnsafePreferInlineScheduling = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        // The keys lie in a folder that only we may read; what else could encrypt them would lie beside them.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Logging.AddFilter("GitOpsGate.WebhookGateway.Access", LogLevel.Warning);
        // Or else every call begins an activity, for a log that RequestLines writes shorter.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddSingleton(configuration);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ReceivePoolFactory>();
        builder.Services.AddSingleton<LatePipeline>();
        builder.Services.AddIntake(intake);
        builder.Services.AddTelemetry();
        builder.Services.AddAccess(configuration);
        builder.Services.AddSingleton<ISecretStore, ProtectedSecrets>();
        builder.Services.AddSingleton<IKeyWrap, ProtectedKeys>();
        builder.Services.AddSingleton<SecretWatch>();
        builder.Services.AddHostedService(given => given.GetRequiredService<SecretWatch>());
        builder.Services.AddActs();
        builder.Services.AddWorkers();
        builder.Services.AddAudit(configuration);
        builder.Services.AddGateUi();
        builder.Services.AddOpenApi("v1");
        builder.Services.AddProblemDetails();
        builder.Services.Configure<HostOptions>(options =>
        {
            options.ShutdownTimeout = TimeSpan.FromSeconds(30);
            // The door does not wait for what only signed-in people need, such as the keys of their cookies.
            options.ServicesStartConcurrently = true;
        });
        builder.Services.ConfigureHttpJsonOptions(options => ApiJson.Describe(options.SerializerOptions));
        addRooms(builder.Services);
        var app = builder.Build();
        Map(app);
        return app;
    }

    private static void Map(WebApplication app)
    {
        app.UseHooks();
        // Signing in is part of what comes late; or else the host would put it before the door.
        IApplicationBuilder all = app;
        all.Properties["__AuthenticationMiddlewareSet"] = all.Properties["__AuthorizationMiddlewareSet"] = true;
        var late = app.Services.GetRequiredService<LatePipeline>();
        late.Describe(all.New(), MapLate);
        app.Run(late.RunAsync);
    }

    private static void MapLate(IApplicationBuilder app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseMiddleware<RequestLines>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UseEndpoints(routes =>
        {
            routes.MapHealth();
            routes.MapSessions();
            routes.MapGateApi();
            routes.MapAgents();
            routes.MapLog();
            routes.MapExport();
            routes.MapLinks();
            routes.MapGateUi();
            routes.MapOpenApi().RequireAuthorization(Schemes.Viewer);
        });
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
        // Each may hold 32 kB while something arrives on it: 128 MB together.
        options.Limits.MaxConcurrentConnections = 4096;
    }
}
