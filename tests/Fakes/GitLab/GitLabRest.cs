using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>The part of REST API v4 that the gate uses, over the state of a fake GitLab.</summary>
internal sealed class GitLabRest(FakeGitLab forge)
{
    private const string Change = "/projects/{id}/merge_requests/{iid:long}";

    public void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v4");
        api.MapGet("/user", (HttpRequest request) => GitLabAnswers.One(request, GitLabJson.User(forge.Gate)));
        new GitLabSetupRest(forge).Map(api);
        new GitLabTalkRest(forge).Map(api);
        new GitLabDeploymentRest(forge).Map(api);
        api.MapGet("/groups/{id}", (HttpRequest request, string id) => forge.FindGroup(id) is { } group
            ? GitLabAnswers.One(request, new JsonObject { ["id"] = group.Id, ["full_path"] = group.Path })
            : GitLabAnswers.Missing("Group"));
        api.MapGet("/groups/{id}/members/all/{user:long}", Member);
        MapHooks(api);
        MapChanges(api);
        MapCommits(api);
    }

    private void MapHooks(RouteGroupBuilder api)
    {
        api.MapGet("/projects/{id}/hooks", (HttpRequest request, string id) =>
            With(id, project => GitLabAnswers.Page(request, project.Hooks.Select(hook => GitLabJson.Hook(hook, forge.Signs)))));
        api.MapPost("/projects/{id}/hooks", async (HttpRequest request, string id) =>
        {
            var body = await BodyAsync(request);
            return With(id, project =>
            {
                var hook = new GitLabHook(forge.NextId());
                Fill(hook, body);
                project.Hooks.Add(hook);
                return GitLabAnswers.Created(GitLabJson.Hook(hook, forge.Signs));
            });
        });
        api.MapPut("/projects/{id}/hooks/{hook:long}", async (HttpRequest request, string id, long hook) =>
        {
            var body = await BodyAsync(request);
            return With(id, project =>
            {
                if (project.Hooks.Find(one => one.Id == hook) is not { } found) return GitLabAnswers.Missing("Hook");
                Fill(found, body);
                return GitLabAnswers.One(request, GitLabJson.Hook(found, forge.Signs));
            });
        });
        api.MapPost("/projects/{id}/hooks/{hook:long}/test/push_events", async (string id, long hook) =>
        {
            if (forge.FindProject(id) is not { } project) return GitLabAnswers.Missing("Project");
            if (project.Hooks.Find(one => one.Id == hook) is not { } found) return GitLabAnswers.Missing("Hook");
            var head = await project.Repo.TryResolveAsync("main");
            if (head is null) return GitLabAnswers.Wrong(422, "Ensure the project has at least one commit.");
            return await forge.TestAsync(project, found, head)
                ? GitLabAnswers.Created(new JsonObject { ["message"] = "201 Created" })
                : GitLabAnswers.Wrong(422, "Hook execution failed");
        });
    }

    private void MapChanges(RouteGroupBuilder api)
    {
        api.MapGet(Change, (HttpRequest request, string id, long iid) =>
            With(id, iid, (project, change) => GitLabAnswers.One(request, GitLabJson.MergeRequest(project, change))));
        api.MapGet(Change + "/approvals", (HttpRequest request, string id, long iid) =>
            With(id, iid, (_, change) => GitLabAnswers.One(request, GitLabJson.Approvals(change, forge.TellsApprovalTimes))));
        api.MapPost(Change + "/approve", (HttpRequest request, string id, long iid) => ApproveAsync(request, id, iid, forge.ApproveAsync));
        api.MapPost(Change + "/unapprove", (HttpRequest request, string id, long iid) => ApproveAsync(request, id, iid, forge.UnapproveAsync));
        api.MapGet(Change + "/reviewers", (HttpRequest request, string id, long iid) =>
            With(id, iid, (_, change) => GitLabAnswers.Page(request, change.Reviewers.Select(GitLabJson.Reviewer))));
        api.MapGet(Change + "/versions", (HttpRequest request, string id, long iid) =>
            With(id, iid, (_, change) =>
                GitLabAnswers.Page(request, change.Versions.AsEnumerable().Reverse().Select(GitLabJson.Version))));
        api.MapGet(Change + "/notes", (HttpRequest request, string id, long iid) =>
            With(id, iid, (_, change) => GitLabAnswers.Page(request, change.Notes.Select(GitLabJson.Note))));
        api.MapGet(Change + "/notes/{note:long}", (HttpRequest request, string id, long iid, long note) =>
            With(id, iid, (_, change) => change.Notes.Find(one => one.Id == note) is { } found
                ? GitLabAnswers.One(request, GitLabJson.Note(found))
                : GitLabAnswers.Missing("Note")));
        api.MapPost(Change + "/notes", async (HttpRequest request, string id, long iid) =>
        {
            var text = Text(await BodyAsync(request), "body");
            if (text.Length is 0 or > 1_000_000)
            {
                return GitLabAnswers.Wrong(400, "400 Bad request - Note can't be blank or longer than 1000000 characters");
            }

            if (forge.FindProject(id) is not { } project || forge.FindChange(project, iid) is not { } change)
            {
                return GitLabAnswers.Missing("Merge Request");
            }

            return GitLabAnswers.Created(GitLabJson.Note(await forge.WriteNoteAsync(project, change, forge.Gate, text)));
        });
        api.MapPut(Change + "/notes/{note:long}", async (HttpRequest request, string id, long iid, long note) =>
        {
            var text = Text(await BodyAsync(request), "body");
            if (forge.FindProject(id) is not { } project || forge.FindChange(project, iid) is not { } change)
            {
                return GitLabAnswers.Missing("Merge Request");
            }

            if (change.Notes.Find(one => one.Id == note) is not { } found) return GitLabAnswers.Missing("Note");
            await forge.RewriteNoteAsync(project, change, found, text);
            return GitLabAnswers.One(request, GitLabJson.Note(found));
        });
    }

    private async Task<IResult> ApproveAsync(HttpRequest request, string id, long iid, Func<string, long, string, Task> act)
    {
        var sha = Text(await BodyAsync(request), "sha");
        if (forge.FindProject(id) is not { } project || forge.FindChange(project, iid) is not { } change)
        {
            return GitLabAnswers.Missing("Merge Request");
        }

        if (sha.Length > 0 && sha != change.Head) return GitLabAnswers.Wrong(409, "SHA does not match HEAD of source branch");
        await act(project.Path, iid, forge.Gate.Username);
        return GitLabAnswers.Created(GitLabJson.Approvals(change, forge.TellsApprovalTimes));
    }

    private void MapCommits(RouteGroupBuilder api)
    {
        api.MapGet("/projects/{id}/repository/commits/{sha}", async (HttpRequest request, string id, string sha) =>
        {
            if (forge.FindProject(id) is not { } project) return GitLabAnswers.Missing("Project");
            return await project.Repo.TryResolveAsync(sha) is { } commit
                ? GitLabAnswers.One(request, new JsonObject { ["id"] = commit, ["short_id"] = commit[..8] })
                : GitLabAnswers.Missing("Commit");
        });
        api.MapGet("/projects/{id}/repository/commits/{sha}/statuses", async (HttpRequest request, string id, string sha) =>
        {
            if (forge.FindProject(id) is not { } project) return GitLabAnswers.Missing("Project");
            if (await project.Repo.TryResolveAsync(sha) is null) return GitLabAnswers.Missing("Commit");
            var (name, branch) = ((string?)request.Query["name"], (string?)request.Query["ref"]);
            var found = forge.StatusesOf(project, sha)
                .Where(status => (name is null || status.Name == name) && (branch is null || status.Ref == branch));
            return GitLabAnswers.Page(request, found.Select(GitLabJson.Status));
        });
        api.MapGet("/projects/{id}/repository/commits/{sha}/merge_requests", async (HttpRequest request, string id, string sha) =>
        {
            if (forge.FindProject(id) is not { } project) return GitLabAnswers.Missing("Project");
            if (await project.Repo.TryResolveAsync(sha) is null) return GitLabAnswers.Missing("Commit");
            return GitLabAnswers.Page(
                request, (await forge.ChangesOfAsync(project, sha)).Select(change => GitLabJson.MergeRequest(project, change)));
        });
        api.MapPost("/projects/{id}/statuses/{sha}", async (HttpRequest request, string id, string sha) =>
        {
            var body = await BodyAsync(request);
            if (forge.FindProject(id) is not { } project) return GitLabAnswers.Missing("Project");
            if (await project.Repo.TryResolveAsync(sha) is null) return GitLabAnswers.Missing("Commit");
            var state = Text(body, "state");
            if (state is not ("pending" or "running" or "success" or "failed" or "canceled" or "skipped"))
            {
                return GitLabAnswers.Wrong(400, "state does not have a valid value");
            }

            var (name, branch) = (Text(body, "name"), Text(body, "ref"));
            if (Text(body, "description").Length > 255)
            {
                return GitLabAnswers.Wrong(400, "Description is too long (maximum is 255 characters)");
            }

            var standing = forge.StatusesOf(project, sha).LastOrDefault(one => one.Name == name && one.Ref == branch);
            if (forge.RefusesRepeatedStates && standing?.State == state)
            {
                var why = $"from :{state} (Reason(s): Status cannot transition via \"enqueue\")";
                return GitLabAnswers.Wrong(400, $"Cannot transition status via :enqueue {why}");
            }

            var pipeline = body["pipeline_id"]?.GetValue<long>();
            if (pipeline is { } wanted && !project.MergeRequests.Exists(one => one.HeadPipeline == (wanted, sha, branch)))
            {
                return GitLabAnswers.Missing("Pipeline for pipeline_id, sha and ref");
            }

            var status = new GitLabStatus(
                forge.NextId(), sha, branch, name, state, Text(body, "description"), Text(body, "target_url"), forge.Gate)
            {
                Pipeline = pipeline,
            };
            await forge.AddStatusAsync(project, status);
            return GitLabAnswers.Created(GitLabJson.Status(status));
        });
    }

    private IResult Member(HttpRequest request, string id, long user)
    {
        if (forge.FindGroup(id) is not { } group) return GitLabAnswers.Missing("Group");
        return group.Members.TryGetValue(user, out var member)
            ? GitLabAnswers.One(
                request, new JsonObject { ["id"] = user, ["access_level"] = member.Level, ["state"] = member.State })
            : GitLabAnswers.Missing("Member");
    }

    private IResult With(string id, Func<GitLabProject, IResult> answer) =>
        forge.FindProject(id) is { } project ? answer(project) : GitLabAnswers.Missing("Project");

    private IResult With(string id, long iid, Func<GitLabProject, GitLabMergeRequest, IResult> answer) =>
        With(id, project => forge.FindChange(project, iid) is { } change
            ? answer(project, change)
            : GitLabAnswers.Missing("Merge Request"));

    private static void Fill(GitLabHook hook, JsonObject body)
    {
        hook.Url = Text(body, "url");
        if (body.ContainsKey("name")) hook.Name = Text(body, "name");
        if (body.ContainsKey("push_events_branch_filter")) hook.BranchFilter = Text(body, "push_events_branch_filter");
        if (body["enable_ssl_verification"] is JsonValue verifies) hook.VerifiesTls = verifies.GetValue<bool>();
        if (body.ContainsKey("token")) hook.Token = Text(body, "token");
        if (body.ContainsKey("signing_token")) hook.SigningToken = Text(body, "signing_token");
        foreach (var name in GitLabWebhooks.Switches)
        {
            if (body[name] is not JsonValue value) continue;
            if (value.GetValue<bool>()) hook.Events.Add(name);
            else hook.Events.Remove(name);
        }
    }

    internal static string Text(JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    internal static async Task<JsonObject> BodyAsync(HttpRequest request) =>
        request.ContentLength is 0 ? [] : await JsonSerializer.DeserializeAsync<JsonObject>(request.Body) ?? [];
}
