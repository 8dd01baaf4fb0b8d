using GitOpsGate.Acts;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Setup;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>The links to forges, and the repositories behind them.</summary>
internal static class ConnectionsApi
{
    private const int LongestPath = 400;
    internal const int MostBranches = 20;

    public static void MapConnections(this RouteGroupBuilder api)
    {
        var connections = api.MapGroup("/connections").WithTags("connections");
        connections.MapGet("/", List).WithName("ListConnections").WithSummary("The configured connections and their webhook addresses");
        connections.MapGet("/{name}/repositories", RepositoriesAsync).WithName("ListRepositories").RequireAuthorization(Schemes.Operator)
            .WithSummary("The repositories of an organisation, group, workspace or project that the connection can see");
        connections.MapGet("/{name}/budget", Budget).WithName("ShowBudget").WithSummary("How many calls the connection's forge still takes");
        connections.MapPost("/{name}/repositories", ConnectAsync).WithName("ConnectRepository")
            .WithSummary("Register the webhook on a repository, or mend it, and make the block real");
        connections.MapPost("/{name}/disconnect", DisconnectAsync).WithName("DisconnectRepository")
            .WithSummary("Take the webhook away from a repository, and the requirement of the gate's status");
        connections.MapGet("/{name}/doctor", ExamineAsync).WithName("ExamineRepository").RequireAuthorization(Schemes.Operator)
            .WithSummary("Look whether the gate can do its work in a repository, and what to do where it cannot");
    }

    private static Ok<PageView<ConnectionView>> List(GateConfiguration configuration) =>
        TypedResults.Ok(new PageView<ConnectionView>(
            [
                .. from connection in configuration.Connections
                   orderby connection.Name.Value
                   select new ConnectionView(
                       connection.Name.Value, connection.Forge, connection.ApiUrl, RepositorySetup.HookUrl(configuration, connection.Name)),
            ],
            null));

    private static async Task<Results<Ok<PageView<RepositoryView>>, ProblemHttpResult>> RepositoriesAsync(
        string name, string? owner, HttpContext context, KnownForges forges, CancellationToken cancellation)
    {
        if (forges.Find(new ConnectionName(name)) is not { } reach) return Unknown(name);
        if (!IsPath(owner)) return GateApi.BadRequest("`owner` is an organisation, group, workspace or project, for instance `acme`");
        try
        {
            var found = await reach.Forge.RepositoriesAsync(reach.Connection, owner!.Trim('/'), cancellation);
            return TypedResults.Ok(new PageView<RepositoryView>([.. found.Select(one => new RepositoryView(one.Path))], null));
        }
        catch (ForgeTroubleException trouble)
        {
            return ActResults.OfTrouble(trouble, context);
        }
    }

    private static Results<Ok<ConnectionBudgetView>, ProblemHttpResult> Budget(
        string name, GateConfiguration configuration, IForgeBudgets budgets) =>
        configuration.Connections.FirstOrDefault(one => one.Name.Value == name) is { } connection
            ? TypedResults.Ok(ConnectionBudgetView.Of(connection, budgets.Of(connection.Name)))
            : GateApi.NotFound("there is no such connection in gate.yaml; `GET /api/v1/connections` lists them");

    private static async Task<Results<Ok<ConnectView>, ProblemHttpResult>> ConnectAsync(
        string name, ConnectRequest body, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        if (Problem(body) is { } problem) return problem;
        var answer = await acts.Send(
            new ConnectRepository(Schemes.CallerOf(context.User), KeyOf(name, body.Repository), WishOf(body)), cancellation);
        return ActResults.Of(answer, context, ConnectView.Of);
    }

    private static async Task<Results<Ok<ConnectView>, ProblemHttpResult>> DisconnectAsync(
        string name, ConnectRequest body, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        if (Problem(body) is { } problem) return problem;
        var answer = await acts.Send(
            new DisconnectRepository(Schemes.CallerOf(context.User), KeyOf(name, body.Repository), WishOf(body)), cancellation);
        return ActResults.Of(answer, context, ConnectView.Of);
    }

    /// <summary>Without a repository: those of the connection that environments are deployed from.</summary>
    private static async Task<Results<Ok<PageView<CheckupView>>, ProblemHttpResult>> ExamineAsync(
        string name, string? repository, KnownForges forges, Doctor doctor, GateConfiguration configuration, CancellationToken cancellation)
    {
        if (forges.Find(new ConnectionName(name)) is not { } reach) return Unknown(name);
        if (repository is not null && !IsPath(repository)) return GateApi.BadRequest("`repository` is its full name, for instance `acme/shop`");
        var wanted = repository is not null
            ? [KeyOf(name, repository)]
            : configuration.Environments.Select(one => one.Repository).Where(one => one.Connection == reach.Connection.Name).Distinct()
                .OrderBy(one => one.Path, StringComparer.Ordinal).ToArray();
        if (wanted.Length == 0)
        {
            return GateApi.BadRequest($"no environment is deployed over connection `{name}`; name a repository, for instance `acme/shop`");
        }

        var found = new List<CheckupView>();
        foreach (var one in wanted)
        {
            found.AddRange(from look in await doctor.ExamineAsync(reach, one, cancellation)
                           select new CheckupView(one.Path, look.Name, look.State, look.Finding, look.ToDo));
        }

        return TypedResults.Ok(new PageView<CheckupView>(found, null));
    }

    private static ProblemHttpResult Unknown(string name) => GateApi.NotFound($"there is no connection `{name}` in gate.yaml");

    private static RepositoryKey KeyOf(string connection, string path) => new(new ConnectionName(connection), path.Trim('/'));

    private static SetupWish WishOf(ConnectRequest body) => new()
    {
        Protects = body.Protect,
        Branches = [.. body.Branches ?? []],
        Proposes = body.Starter,
        IsDryRun = body.DryRun,
    };

    private static ProblemHttpResult? Problem(ConnectRequest body)
    {
        if (!IsPath(body.Repository)) return GateApi.BadRequest("`repository` is the repository's full name on its forge, for instance `acme/shop`");
        return body.Branches is { } branches && (branches.Count > MostBranches || branches.Any(branch => !IsPath(branch)))
            ? GateApi.BadRequest($"`branches` are at most {MostBranches} names of branches, for instance `main`")
            : null;
    }

    /// <summary>Whether this may be the name of a repository, an owner or a branch: it becomes a part of addresses.</summary>
    internal static bool IsPath(string? path) => path is { Length: > 0 and <= LongestPath } && !path.Any(IsOdd);

    private static bool IsOdd(char letter) => char.IsControl(letter) || letter is '\\' or '?' or '#' or '%';
}
