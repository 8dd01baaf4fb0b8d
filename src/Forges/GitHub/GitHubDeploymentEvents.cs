using System.Globalization;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Reads what happens to deployments, and which of them wait for our answer.</summary>
internal static class GitHubDeploymentEvents
{
    private const string PublicApi = "https://api.github.com";

    public static Reading Read(GitHubBody body)
    {
        if (body.Repository is not { } repository) return body.Lacks("repository.full_name");
        var deployment = body.Root.Child("deployment");
        var environment = body.Root.TextOrNull("environment") ?? deployment.Text("environment");
        if (environment.Length == 0) return body.Lacks("environment");
        ReadOnlySpan<CommitId> named =
            [deployment.Commit("sha"), body.Root.Commit("sha"), body.Root.Child("workflow_run").Commit("head_sha")];
        foreach (var commit in named)
        {
            if (commit.IsNone) continue;
            var gate = RunOf(body, repository) is { } run
                ? new DeploymentGate(environment, commit, run) { Deployment = deployment.Number("id") ?? 0 }
                : null;
            return GitHubBody.Concerning(new Concern.Deployment(repository, environment, commit) { Gate = gate }, Trigger.Deployment);
        }

        return body.Lacks("deployment.sha");
    }

    /// <summary>
    /// The run that waits, or null. Nothing is ever sent to the address in the body. It only shows the run's number, and only when it is the
    /// one address at which GitHub takes answers for this repository: a body that names another place is not believed at all.
    /// </summary>
    private static long? RunOf(GitHubBody body, RepositoryKey repository)
    {
        if (body.Delivery.Event != "deployment_protection_rule" || body.Action != "requested") return null;
        var address = body.Root.Text("deployment_callback_url");
        var root = RootOf(body, repository);
        var (start, end) = ($"{root}/repos/{repository.Path}/actions/runs/", "/deployment_protection_rule");
        if (root is null || address.Length <= start.Length + end.Length) return null;
        if (!address.StartsWith(start, StringComparison.OrdinalIgnoreCase) || !address.EndsWith(end, StringComparison.Ordinal)) return null;
        if (!long.TryParse(address[start.Length..^end.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var run)) return null;
        // Where the body names the run itself, both must agree.
        return run > 0 && (body.Root.Child("workflow_run").Number("id") ?? run) == run ? run : null;
    }

    // The API's root as the body's own repository names it; a body that does not name it can be github.com's alone.
    private static string? RootOf(GitHubBody body, RepositoryKey repository)
    {
        if (body.Root.Child("repository").TextOrNull("url") is not { } url) return PublicApi;
        var end = $"/repos/{repository.Path}";
        return url.EndsWith(end, StringComparison.OrdinalIgnoreCase) ? url[..^end.Length] : null;
    }
}
