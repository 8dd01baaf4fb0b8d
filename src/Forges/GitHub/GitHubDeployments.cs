using System.Text.Json.Nodes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Answers deployment protection rules. The address comes from the connection and the run's number alone, so no delivery can send our token
/// anywhere else.
/// </summary>
internal sealed class GitHubDeployments(GitHubClient client)
{
    // GitHub takes no longer comments on a deployment; docs.github.com, "Creating custom deployment protection rules".
    private const int LongestComment = 1024;

    public async Task AnswerAsync(Connection connection, DeploymentAnswer answer, CancellationToken cancellation)
    {
        if (answer.Run <= 0)
        {
            throw new ForgeTroubleException($"run `{answer.Run}` is none; a number above 0 would be right", TroubleKind.Refused);
        }

        var (link, run) = (client.Open(connection), $"{GitHubClient.PathOf(answer.Repository)}/actions/runs/{answer.Run}");
        var body = new JsonObject { ["environment_name"] = answer.Environment, ["comment"] = CommentOf(answer) };
        if (answer.IsApproved is { } isApproved) body["state"] = StateOf(isApproved);
        try
        {
            await link.SendAsync(HttpMethod.Post, $"{run}/deployment_protection_rule", body, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Refused)
        {
            // 422 is said of an answer that was given before, and of one that nobody asked for.
            if (!await IsSettledAsync(link, run, answer, cancellation)) throw;
        }
    }

    // Settled: the environment waits for nobody any more, or our own words stand among the answers while it waits for somebody else.
    private static async Task<bool> IsSettledAsync(ForgeLink link, string run, DeploymentAnswer answer, CancellationToken cancellation)
    {
        var answers = await link.ListAsync($"{run}/approvals", null, cancellation);
        var ofThis = answers.Where(one => one.Items("environments").Any(place => IsEnvironment(place.Text("name"), answer))).ToArray();
        var (comment, state) = (CommentOf(answer), answer.IsApproved is { } isApproved ? StateOf(isApproved) : null);
        if (ofThis.Any(one => one.Text("state") == state && one.Text("comment") == comment)) return true;
        var waiting = await link.ListAsync($"{run}/pending_deployments", null, cancellation);
        var waits = waiting.Any(one => IsEnvironment(one.Child("environment").Text("name"), answer));
        // An approval must never be taken for given where a rejection ended the waiting.
        return !waits && !ofThis.Any(one => answer.IsApproved is { } wanted && one.Text("state") == StateOf(!wanted));
    }

    private static bool IsEnvironment(string name, DeploymentAnswer answer) =>
        string.Equals(name, answer.Environment, StringComparison.OrdinalIgnoreCase);

    private static string CommentOf(DeploymentAnswer answer) =>
        answer.Comment.Length <= LongestComment ? answer.Comment : OneLine.Cut(answer.Comment, LongestComment - 1) + "…";

    private static string StateOf(bool isApproved) => isApproved ? "approved" : "rejected";
}
