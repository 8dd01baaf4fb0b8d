namespace GitOpsGate.WebhookGateway.Composition;

/// <summary>
/// Everything behind the door: pages, API, signing in. Making it takes a third of a start, and no webhook needs it, so it is made with
/// the first call that does. Safe for concurrent use.
/// </summary>
internal sealed class LatePipeline
{
    private Lazy<RequestDelegate>? _made;

    /// <summary>Says once, before the first call, what it is made of.</summary>
    public void Describe(IApplicationBuilder builder, Action<IApplicationBuilder> steps) => _made = new Lazy<RequestDelegate>(() =>
    {
        steps(builder);
        return builder.Build();
    });

    public Task RunAsync(HttpContext context) =>
        (_made ?? throw new InvalidOperationException("the pipeline is not described")).Value(context);
}
