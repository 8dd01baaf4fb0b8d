using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>The part of REST API v4 by which a verdict is told beside the commit status: status checks and threads at lines.</summary>
internal sealed class GitLabTalkRest(FakeGitLab forge)
{
    private const string Change = "/projects/{id}/merge_requests/{iid:long}";

    public void Map(RouteGroupBuilder api)
    {
        api.MapGet(Change + "/status_checks", (HttpRequest request, string id, long iid) => With(id, iid, (project, change) =>
            forge.Tier < GitLabTier.Ultimate
                ? GitLabAnswers.Missing("")
                : GitLabAnswers.Page(request, project.Checks.Select(check => new JsonObject
                {
                    ["id"] = check.Id,
                    ["name"] = check.Name,
                    ["external_url"] = check.Url,
                    ["status"] = forge.StatusOf(change, check),
                }))));
        api.MapPost(Change + "/status_check_responses", async (HttpRequest request, string id, long iid) =>
        {
            var body = await GitLabRest.BodyAsync(request);
            return With(id, iid, (project, change) => Answer(project, change, body));
        });
        api.MapGet(Change + "/discussions", (HttpRequest request, string id, long iid) => With(id, iid, (_, change) =>
            GitLabAnswers.Page(request, change.Notes.Select(GitLabJson.Discussion))));
        api.MapPost(Change + "/discussions", async (HttpRequest request, string id, long iid) =>
        {
            var body = await GitLabRest.BodyAsync(request);
            if (forge.FindProject(id) is not { } project || forge.FindChange(project, iid) is not { } change)
            {
                return GitLabAnswers.Missing("Merge Request");
            }

            if (body["position"] is not JsonObject position || !await IsInChangesAsync(project, change, position))
            {
                return GitLabAnswers.Wrong(400, "400 Bad request - Note {:line_code=>[\"can't be blank\"]}");
            }

            var at = position.DeepClone().AsObject();
            var note = await forge.WriteNoteAsync(project, change, forge.Gate, GitLabRest.Text(body, "body"), at);
            return GitLabAnswers.Created(GitLabJson.Discussion(note));
        });
        api.MapPut(Change + "/discussions/{thread}", async (HttpRequest request, string id, long iid, string thread) =>
        {
            var body = await GitLabRest.BodyAsync(request);
            return With(id, iid, (_, change) =>
            {
                if (Find(change, thread) is not { } note) return GitLabAnswers.Missing("Discussion");
                note.ResolvedBy = body["resolved"]!.GetValue<bool>() ? forge.Gate : null;
                return GitLabAnswers.One(request, GitLabJson.Discussion(note));
            });
        });
        api.MapPut(Change + "/discussions/{thread}/notes/{note:long}", async (HttpRequest request, string id, long iid, string thread) =>
        {
            var body = await GitLabRest.BodyAsync(request);
            if (forge.FindProject(id) is not { } project || forge.FindChange(project, iid) is not { } change
                || Find(change, thread) is not { } note)
            {
                return GitLabAnswers.Missing("Discussion");
            }

            await forge.RewriteNoteAsync(project, change, note, GitLabRest.Text(body, "body"));
            return GitLabAnswers.One(request, GitLabJson.Note(note));
        });
    }

    private IResult Answer(GitLabProject project, GitLabMergeRequest change, JsonObject body)
    {
        var (sha, status) = (GitLabRest.Text(body, "sha"), GitLabRest.Text(body, "status"));
        if (forge.Tier < GitLabTier.Ultimate || project.Checks.Find(one => one.Id == body["external_status_check_id"]!.GetValue<long>())
            is not { } check)
        {
            return GitLabAnswers.Missing("");
        }

        if (status is not ("pending" or "passed" or "failed")) return GitLabAnswers.Wrong(400, "status does not have a valid value");
        if (sha != change.Head) return GitLabAnswers.Wrong(409, "`sha` does not match the SHA at the HEAD of the merge request");
        change.Answers[check.Id] = (sha, status, forge.Now());
        return GitLabAnswers.Created(new JsonObject { ["id"] = forge.NextId() });
    }

    /// <summary>Whether the line was added by the merge request: only there GitLab knows where to put a thread by its new line alone.</summary>
    private static async Task<bool> IsInChangesAsync(GitLabProject project, GitLabMergeRequest change, JsonObject position)
    {
        var (head, path) = (GitLabRest.Text(position, "head_sha"), GitLabRest.Text(position, "new_path"));
        if (head != change.Head || position["new_line"] is not { } line) return false;
        var diff = await project.Repo.GitAsync("diff", "-U0", GitLabRest.Text(position, "base_sha"), head, "--", path);
        foreach (var hunk in diff.Split('\n').Where(text => text.StartsWith("@@", StringComparison.Ordinal)))
        {
            var added = hunk.Split(' ')[2].TrimStart('+').Split(',');
            var first = long.Parse(added[0], CultureInfo.InvariantCulture);
            var count = added.Length > 1 ? long.Parse(added[1], CultureInfo.InvariantCulture) : 1;
            if (line.GetValue<long>() >= first && line.GetValue<long>() < first + count) return true;
        }

        return false;
    }

    private static GitLabNote? Find(GitLabMergeRequest change, string thread) =>
        change.Notes.Find(note => note.Id.ToString("x40", CultureInfo.InvariantCulture) == thread);

    private IResult With(string id, long iid, Func<GitLabProject, GitLabMergeRequest, IResult> answer) =>
        forge.FindProject(id) is { } project && forge.FindChange(project, iid) is { } change
            ? answer(project, change)
            : GitLabAnswers.Missing("Merge Request");
}
