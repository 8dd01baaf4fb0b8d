using GitOpsGate.Acts;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>The links to forges.</summary>
internal static class ConnectionsApi
{
    private const int LongestPath = 400;

    public static void MapConnections(this RouteGroupBuilder api)
    {
        var connections = api.MapGroup("/connections").WithTags("connections");
        connections.MapGet("/", List).WithName("ListConnections").WithSummary("The configured connections and their webhook addresses");
        connections.MapPost("/{name}/repositories", ConnectAsync).WithName("ConnectRepository")
            .WithSummary("Register the webhook on a repository, or repair it");
    }

    private static Ok<PageView<ConnectionView>> List(GateConfiguration configuration) =>
        TypedResults.Ok(new PageView<ConnectionView>(
            [
                .. from connection in configuration.Connections
                   orderby connection.Name.Value
                   select new ConnectionView(
                       connection.Name.Value, connection.Forge, connection.ApiUrl, $"{configuration.PublicUrl}/hooks/{connection.Name}"),
            ],
            null));

    private static async Task<Results<Ok<ConnectView>, ProblemHttpResult>> ConnectAsync(
        string name, ConnectRequest body, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        if (body.Repository is not { Length: > 0 and <= LongestPath } path || path.Any(IsOdd))
        {
            return GateApi.BadRequest("`repository` is the repository's full name on its forge, for instance `acme/shop`");
        }

        var repository = new RepositoryKey(new ConnectionName(name), path.Trim('/'));
        var answer = await acts.Send(new ConnectRepository(Schemes.CallerOf(context.User), repository), cancellation);
        return ActResults.Of(answer, context, hook => new ConnectView(hook.Id, hook.Created, hook.Tested, hook.Advice));
    }

    private static bool IsOdd(char letter) => char.IsControl(letter) || letter is '\\' or '?' or '#' or '%';
}
