using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using GitOpsGate.Changes;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.GitLab;

/// <summary>What GitLab's REST API (v4) says, in our words. Pure.</summary>
internal static partial class GitLabPayloads
{
    /// <summary>A commit status' description is a column of 255 characters.</summary>
    private const int LongestDescription = 255;

    /// <summary>Both dates of a comment that nobody edited can be a little apart.</summary>
    private static readonly TimeSpan SavingTakes = TimeSpan.FromSeconds(1);

    /// <summary>A merge request; null when the answer lacks what every merge request has.</summary>
    public static ChangeRequest? ReadChange(JsonElement json, ChangeKey key)
    {
        var refs = json.Child("diff_refs");
        var head = json.Commit("sha") is { IsNone: false } sha ? sha : refs.Commit("head_sha");
        var state = ReadState(json.Text("state"));
        if (json.Number("iid") != key.Number || json.Text("target_branch").Length == 0) return null;
        return new ChangeRequest
        {
            Key = key,
            Title = json.Text("title"),
            Body = json.Text("description"),
            Url = json.Text("web_url"),
            State = state,
            IsDraft = json.Flag("draft") || json.Flag("work_in_progress"),
            Author = ReadPerson(json.Child("author")),
            SourceBranch = json.Text("source_branch"),
            TargetBranch = json.Text("target_branch"),
            Head = head,
            TargetTip = refs.Commit("start_sha"),
            Labels = [.. json.Items("labels").Select(ReadLabel).Where(label => label.Length > 0)],
            // The source project is absent once it was deleted, and only another project can have been.
            IsFromFork = json.Id("source_project_id") != json.Id("target_project_id"),
            CreatedAt = json.Time("created_at") ?? default,
            MergeCommit = state == ChangeState.Merged ? ReadMergeCommit(json, head) : default,
            MergedAt = json.Time("merged_at"),
            MergedBy = json.Has("merge_user") ? ReadPerson(json.Child("merge_user"))
                : json.Has("merged_by") ? ReadPerson(json.Child("merged_by")) : null,
        };
    }

    public static Person ReadPerson(JsonElement json)
    {
        var login = json.Text("username");
        var isBot = json.Flag("bot") || BotLogin().IsMatch(login);
        var kind = isBot ? PersonKind.Bot : login.Length > 0 ? PersonKind.User : PersonKind.Unknown;
        return new Person(login, json.Id("id"), kind);
    }

    /// <summary>A comment; the gate's own and GitLab's notes about events are left out by the caller.</summary>
    public static Comment ReadComment(JsonElement json) => new(
        json.Id("id"), ReadPerson(json.Child("author")), json.Text("body"), json.Time("created_at") ?? default,
        IsEdited: json.Time("updated_at") - json.Time("created_at") > SavingTakes);

    /// <summary>The newest status of each name: one commit can have several pipelines, each with the same names.</summary>
    public static ImmutableArray<StatusCheck> ReadStatuses(IEnumerable<JsonElement> statuses) =>
    [
        .. statuses.GroupBy(status => status.Text("name"), StringComparer.Ordinal)
            .Select(group => group.MaxBy(status => status.Number("id") ?? 0))
            .Select(status => new StatusCheck(
                status.Text("name"), ReadCheckState(status.Text("status")), status.Child("author").Text("username"),
                status.Text("target_url"))
            {
                Id = status.Id("id"),
            })
            .OrderBy(status => status.Name, StringComparer.Ordinal),
    ];

    /// <summary>
    /// GitLab's word for a verdict. What only waits is pending; everything that is not consent fails the pipeline.
    /// </summary>
    public static string StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Allowed => "success",
        Verdict.Held => "pending",
        Verdict.Denied => "failed",
        Verdict.Errored => "failed",
    };

    public static string Description(string summary) => OneLine.Of(summary, LongestDescription);

    private static ChangeState ReadState(string state) => state switch
    {
        // Locked means that GitLab is merging at this moment.
        "opened" or "locked" => ChangeState.Open,
        "closed" => ChangeState.Closed,
        "merged" => ChangeState.Merged,
        _ => ChangeState.Unknown,
    };

    /// <summary>A fast-forward makes no commit of its own: then the head itself arrived on the target branch.</summary>
    private static CommitId ReadMergeCommit(JsonElement json, CommitId head) =>
        json.Commit("merge_commit_sha") is { IsNone: false } merge ? merge
        : json.Commit("squash_commit_sha") is { IsNone: false } squash ? squash
        : head;

    /// <summary>A label is its title, or an object where the instance is asked for details.</summary>
    private static string ReadLabel(JsonElement label) => label.AsText() ?? label.TextOrNull("name") ?? label.Text("title");

    /// <summary>What a commit status, a job or a pipeline says.</summary>
    public static CheckState ReadCheckState(string state) => state switch
    {
        "success" => CheckState.Succeeded,
        "failed" or "canceled" => CheckState.Failed,
        "skipped" => CheckState.Skipped,
        "created" or "pending" or "running" or "preparing" or "scheduled" or "waiting_for_resource" or "manual" or "canceling"
            => CheckState.Pending,
        _ => CheckState.Unknown,
    };

    /// <summary>The accounts behind project and group access tokens and service accounts, as GitLab names them.</summary>
    [GeneratedRegex(@"^((project|group)_[0-9]+_bot|service_account_|ghost[0-9]*$|GitLab-.*Bot$)")]
    private static partial Regex BotLogin();
}
