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

    public static void MapHooks(this IEndpointRouteBuilder app)
    {
        var endpoint = app.ServiceProvider.GetRequiredService<HookEndpoint>();
        // Short-circuited: nobody signs in here, so nothing between routing and the door is run.
        app.MapPost("/hooks/{connection}", endpoint.TakeAsync).ShortCircuit().AllowAnonymous().DisableAntiforgery().ExcludeFromDescription();
    }
}
