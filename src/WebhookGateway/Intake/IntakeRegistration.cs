namespace GitOpsGate.WebhookGateway.Intake;

/// <summary>The door's parts and its address.</summary>
internal static class IntakeRegistration
{
    public static IServiceCollection AddIntake(this IServiceCollection services, IntakeOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(new IntakeRoom(options));
        services.AddSingleton<Doors>();
        services.AddSingleton<RefusalLedger>();
        services.AddSingleton<HookEndpoint>();
        services.AddHostedService<RefusalRecorder>();
        return services;
    }

    /// <summary>
    /// Puts the door before everything else: what signed-in people need is neither run nor made for a webhook, and the first one does not
    /// wait until each page has its route.
    /// </summary>
    public static void UseHooks(this WebApplication app)
    {
        var endpoint = app.Services.GetRequiredService<HookEndpoint>();
        app.Use(next => context => ConnectionIn(context.Request.Path) is { } name ? endpoint.TakeAsync(context, name) : next(context));
    }

    /// <summary>What stands behind <c>/hooks/</c>; a slash at its end does not matter. All of it is the door's, also what names nothing.</summary>
    private static string? ConnectionIn(PathString path) => path.StartsWithSegments("/hooks", out var rest) ? rest.Value!.Trim('/') : null;
}
