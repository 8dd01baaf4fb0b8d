using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// Answers the external status checks (GitLab Ultimate) with our name. GitLab takes a pending one that nobody answers for two minutes for
/// failed; both keep a merge waiting, but people read the one as a no, so it is said again while the change is held.
/// </summary>
internal sealed class GitLabStatusChecks(ForgeLink link, GitLabMemory memory)
{
    /// <summary>Does nothing where the project has no such check, or its edition none at all.</summary>
    /// <param name="report">What is to be shown.</param>
    /// <param name="heads">The numbers of the merge requests whose head the commit is.</param>
    public async Task AnswerAsync(StatusReport report, Lazy<Task<ImmutableArray<long>>> heads, CancellationToken cancellation)
    {
        var checks = await ChecksAsync(report.Repository, report.Context, cancellation);
        if (checks.IsEmpty) return;
        foreach (var number in await heads.Value)
        {
            var at = $"{GitLabClient.Project(report.Repository)}/merge_requests/{number}";
            var shown = await link.ListAsync($"{at}/status_checks?per_page=100", null, cancellation);
            foreach (var check in shown.Where(check => check.Number("id") is { } id && checks.Contains(id)))
            {
                if (check.Text("status") == StateOf(report.Verdict)) continue;
                var answer = new Answer(report.Repository, report.Context, report.Commit, StateOf(report.Verdict));
                await AnswerAsync(at, check.Number("id")!.Value, answer, cancellation);
            }
        }
    }

    /// <summary>Says again that a merge request's head is pending; false where the project has no check with our name.</summary>
    public async Task<bool> StillPendingAsync(Revision revision, string context, CancellationToken cancellation)
    {
        var repository = revision.Change.Repository;
        var checks = await ChecksAsync(repository, context, cancellation);
        var at = $"{GitLabClient.Project(repository)}/merge_requests/{revision.Change.Number}";
        foreach (var check in checks)
        {
            await AnswerAsync(at, check, new Answer(repository, context, revision.Head, StateOf(Verdict.Held)), cancellation);
        }

        return !checks.IsEmpty;
    }

    private async Task AnswerAsync(string change, long check, Answer answer, CancellationToken cancellation)
    {
        var body = new JsonObject
        {
            ["sha"] = answer.Commit.Value,
            ["external_status_check_id"] = check,
            ["status"] = answer.State,
        };
        try
        {
            await link.SendAsync(HttpMethod.Post, $"{change}/status_check_responses", body, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Refused && trouble.Message.Contains(" 409", StringComparison.Ordinal))
        {
            // The head has moved: this verdict is about a commit that nobody can merge any more, and the new head gets its own.
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            memory.ForgetChecks(answer.Repository, answer.Context);
        }
    }

    private async Task<ImmutableArray<long>> ChecksAsync(RepositoryKey repository, string name, CancellationToken cancellation)
    {
        if (memory.Checks(repository, name) is { } known) return known;
        ImmutableArray<long> found;
        try
        {
            var all = await link.ListAsync($"{GitLabClient.Project(repository)}/external_status_checks?per_page=100", null, cancellation);
            found = [.. all.Where(check => check.Text("name") == name).Select(check => check.Number("id") ?? 0).Where(id => id > 0)];
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Missing or TroubleKind.Forbidden)
        {
            // Another edition than Ultimate, or a token that may not see them: then there is none to answer.
            found = [];
        }

        memory.NoteChecks(repository, name, found);
        return found;
    }

    private static string StateOf(Verdict verdict) => verdict switch
    {
        Verdict.Allowed => "passed",
        Verdict.Held => "pending",
        Verdict.Denied => "failed",
        Verdict.Errored => "failed",
    };

    private readonly record struct Answer(RepositoryKey Repository, string Context, CommitId Commit, string State);
}
