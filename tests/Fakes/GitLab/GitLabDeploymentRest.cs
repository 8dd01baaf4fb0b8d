using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>Deployments, and approvals of those that are blocked (Premium).</summary>
internal sealed class GitLabDeploymentRest(FakeGitLab forge)
{
    private const string Deployment = "/projects/{id}/deployments/{number:long}";

    public void Map(RouteGroupBuilder api)
    {
        api.MapGet(Deployment, (HttpRequest request, string id, long number) =>
            Find(id, number) is { } found ? GitLabAnswers.One(request, Json(found)) : GitLabAnswers.Missing("Deployment"));
        api.MapPost(Deployment + "/approval", async (HttpRequest request, string id, long number) =>
        {
            var body = await GitLabRest.BodyAsync(request);
            if (forge.Tier == GitLabTier.Free || Find(id, number) is not { } found) return GitLabAnswers.Missing("Deployment");
            return Approve(found, GitLabRest.Text(body, "status"), GitLabRest.Text(body, "comment"));
        });
    }

    private IResult Approve(GitLabDeployment deployment, string status, string comment)
    {
        if (!forge.MayApproveDeployments) return GitLabAnswers.Wrong(403, "403 Forbidden");
        if (status is not ("approved" or "rejected")) return GitLabAnswers.Wrong(400, "status does not have a valid value");
        if (deployment.Status != "blocked") return GitLabAnswers.Wrong(400, "This deployment is not waiting for approvals.");
        if (deployment.Approvals.Any(one => one.By == forge.Gate)) return GitLabAnswers.Wrong(400, "You have already reviewed this deployment.");
        deployment.Approvals.Add((forge.Gate, status, comment));
        return GitLabAnswers.Created(Json(deployment.Approvals[^1]));
    }

    private GitLabDeployment? Find(string id, long number) => forge.FindProject(id)?.Deployments.Find(one => one.Id == number);

    private static JsonObject Json(GitLabDeployment deployment) => new()
    {
        ["id"] = deployment.Id,
        ["status"] = deployment.Status,
        ["sha"] = deployment.Sha,
        ["environment"] = new JsonObject { ["id"] = 9, ["name"] = deployment.Environment },
        ["pending_approval_count"] = Math.Max(0, deployment.Needed - deployment.Approvals.Count),
        ["approvals"] = new JsonArray([.. deployment.Approvals.Select(Json)]),
    };

    private static JsonObject Json((GitLabUser By, string Status, string Comment) approval) => new()
    {
        ["user"] = GitLabJson.User(approval.By),
        ["status"] = approval.Status,
        ["comment"] = approval.Comment,
    };
}
