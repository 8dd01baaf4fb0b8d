using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// Approves and rejects blocked deployments (GitLab Premium, REST API "Approve or reject a blocked deployment"). Our account must be one of
/// those whose approval the protected environment asks for.
/// </summary>
internal sealed class GitLabDeployments(ForgeLink link)
{
    public async Task AnswerAsync(DeploymentAnswer answer, CancellationToken cancellation)
    {
        // There is no place for a reason without an answer; the merge request's own comment says what it waits for.
        if (answer.IsApproved is not { } isApproved) return;
        if (answer.Run <= 0)
        {
            throw new ForgeTroubleException($"deployment `{answer.Run}` is none; a number above 0 would be right", TroubleKind.Refused);
        }

        var (at, status) = ($"{GitLabClient.Project(answer.Repository)}/deployments/{answer.Run}", isApproved ? "approved" : "rejected");
        if (await IsGivenAsync(at, status, answer.Environment, cancellation)) return;
        try
        {
            var body = new JsonObject { ["status"] = status, ["comment"] = answer.Comment };
            await link.SendAsync(HttpMethod.Post, $"{at}/approval", body, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Refused)
        {
            // Somebody may have sent the same answer for us in the meantime.
            if (!await IsGivenAsync(at, status, answer.Environment, cancellation)) throw;
        }
    }

    private async Task<bool> IsGivenAsync(string at, string status, string environment, CancellationToken cancellation)
    {
        var shown = await link.GetAsync(at, cancellation);
        var there = shown.Child("environment").Text("name");
        if (there != environment)
        {
            throw new ForgeTroubleException(
                $"deployment {at[(at.LastIndexOf('/') + 1)..]} goes to `{there}`, not to `{environment}`, about which the gate was asked",
                TroubleKind.Refused);
        }

        JsonElement[] given = [.. shown.Items("approvals").Where(approval => approval.Text("status") == status)];
        if (given.Length == 0) return false;
        var me = (await link.GetAsync("/user", cancellation)).Id("id");
        return given.Any(approval => approval.Child("user").Id("id") == me);
    }
}
