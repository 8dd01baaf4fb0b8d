using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Reads what happens to check runs and suites, and which of their buttons somebody pressed.</summary>
internal static class GitHubCheckEvents
{
    /// <summary>A check run that moved, or whose button was pressed: GitHub tells the latter to nobody but the app that made the run.</summary>
    public static Reading Run(GitHubBody body)
    {
        var run = body.Root.Child("check_run");
        var commit = run.Commit("head_sha");
        if (body.Action is "rerequested" or "requested_action") return Again(body, commit, run, AskOf(body));
        var shown = new ShownStatus(GitHubPayloads.CheckStateOf(run), run.Text("details_url"));
        return body.AtCommit(commit, run.Text("name"), Trigger.Status, shown);
    }

    /// <summary>All checks of an app on a commit.</summary>
    public static Reading Suite(GitHubBody body)
    {
        var suite = body.Root.Child("check_suite");
        return body.Action switch
        {
            "requested" => new Reading.Ignored("no check of the suite has run yet"),
            "rerequested" => Again(body, suite.Commit("head_sha"), suite, null),
            _ => body.AtCommit(suite.Commit("head_sha"), "", Trigger.Status),
        };
    }

    // GitHub names no pull request from a fork here; then the commit is named, without the check's name: a move of the gate's own check is
    // left alone otherwise, and here a person asks for a new judging.
    private static Reading Again(GitHubBody body, CommitId commit, JsonElement where, OverrideAsk? ask)
    {
        if (body.Repository is not { } repository) return body.Lacks("repository.full_name");
        var id = body.Root.Child("repository").Id("id");
        var changes = where.Items("pull_requests")
            .Where(pull => pull.Child("base").Child("repo").Id("id") == id)
            .Select(pull => pull.Number("number") ?? 0)
            .Where(number => number > 0)
            .Distinct()
            .Select(Concern (number) => new Concern.Change(new ChangeKey(repository, number)) { Asked = ask is null ? [] : [ask] })
            .ToImmutableArray();
        if (!changes.IsEmpty) return new Reading.Concerns(changes, Trigger.Change);
        return commit.IsNone
            ? body.Lacks("sha")
            : GitHubBody.Concerning(new Concern.AtCommit(repository, commit) { Asked = ask }, Trigger.Change);
    }

    // GitHub shows buttons to those who may write in the repository; whether they may override is another matter, and told in the answer.
    private static OverrideAsk? AskOf(GitHubBody body) =>
        body.Action == "requested_action" && body.Root.Child("requested_action").Text("identifier") == GitHubCheck.OverrideButton
            ? new OverrideAsk(GitHubPayloads.PersonOf(body.Root.Child("sender")), body.Delivery.ReceivedAt)
            : null;
}
