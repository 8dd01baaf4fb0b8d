using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>The part of REST API v4 by which the gate looks round and sets a project up.</summary>
internal sealed class GitLabSetupRest(FakeGitLab forge)
{
    private const string Project = "/projects/{id}";
    private const string Hook = Project + "/hooks/{hook:long}";

    public void Map(RouteGroupBuilder api)
    {
        MapSurvey(api);
        MapProject(api);
        MapHooks(api);
        MapFiles(api);
    }

    private void MapSurvey(RouteGroupBuilder api)
    {
        api.MapGet("/version", (HttpRequest request) => GitLabAnswers.One(request, new JsonObject { ["version"] = "19.1.0-ee" }));
        api.MapGet("/personal_access_tokens/self", (HttpRequest request) => GitLabAnswers.One(
            request, new JsonObject { ["scopes"] = new JsonArray([.. forge.Scopes.Select(scope => JsonValue.Create(scope))]) }));
        api.MapGet("/groups/{id}/projects", (HttpRequest request, string id) => Projects(
            request, forge.IsUser(id) ? [] : forge.ProjectsOf(Uri.UnescapeDataString(id)), forge.FindGroup(id) is not null, "Group"));
        api.MapGet("/users/{id}/projects", (HttpRequest request, string id) =>
            Projects(request, forge.IsUser(id) ? forge.ProjectsOf(id) : [], forge.IsUser(id), "User"));
        api.MapGet(Project + "/merge_requests", (HttpRequest request, string id) => With(id, project =>
        {
            var (state, from, onto) = (Query(request, "state"), Query(request, "source_branch"), Query(request, "target_branch"));
            var found = project.MergeRequests.Where(one => (state.Length == 0 || one.State == state)
                && (from.Length == 0 || one.Source == from) && (onto.Length == 0 || one.Target == onto));
            return GitLabAnswers.Page(request, found.Select(change => GitLabJson.MergeRequest(project, change)));
        }));
        api.MapGet(Project + "/repository/branches/{branch}", async (HttpRequest request, string id, string branch) =>
        {
            if (forge.FindProject(id) is not { } project) return GitLabAnswers.Missing("Project");
            var name = Uri.UnescapeDataString(branch);
            return await project.Repo.TryResolveAsync($"refs/heads/{name}") is { } tip
                ? GitLabAnswers.One(request, new JsonObject { ["name"] = name, ["commit"] = new JsonObject { ["id"] = tip } })
                : GitLabAnswers.Missing("Branch");
        });
    }

    private void MapProject(RouteGroupBuilder api)
    {
        api.MapGet(Project, (HttpRequest request, string id) => With(id, project => GitLabAnswers.One(request, Described(project))));
        api.MapPut(Project, async (HttpRequest request, string id) =>
        {
            var body = await GitLabRest.BodyAsync(request);
            return With(id, project =>
            {
                if (body["only_allow_merge_if_pipeline_succeeds"] is { } needs) project.NeedsPipeline = needs.GetValue<bool>();
                if (body["allow_merge_on_skipped_pipeline"] is { } skipped) project.SkippedCounts = skipped.GetValue<bool>();
                var checks = body["only_allow_merge_if_all_status_checks_passed"];
                if (checks is not null && forge.Tier == GitLabTier.Ultimate) project.NeedsChecks = checks.GetValue<bool>();
                return GitLabAnswers.One(request, Described(project));
            });
        });
        api.MapGet(Project + "/members/all/{user:long}", (HttpRequest request, string id, long user) => With(id, _ =>
            user == forge.Gate.Id
                ? GitLabAnswers.One(request, new JsonObject { ["id"] = user, ["access_level"] = forge.GateLevel })
                : GitLabAnswers.Missing("Member")));
        api.MapGet(Project + "/protected_branches/{branch}", (HttpRequest request, string id, string branch) => With(id, project =>
        {
            var name = Uri.UnescapeDataString(branch);
            var level = project.ClosedBranches.Contains(name) ? 0 : 40;
            return GitLabAnswers.One(request, new JsonObject
            {
                ["name"] = name,
                ["push_access_levels"] = new JsonArray(new JsonObject { ["access_level"] = level }),
                ["allow_force_push"] = false,
            });
        }));
        api.MapGet(Project + "/approval_rules", (HttpRequest request, string id) => With(id, project =>
            forge.Tier < GitLabTier.Premium
                ? GitLabAnswers.Missing("")
                : GitLabAnswers.Page(request, project.Approvers.Select(by => new JsonObject { ["name"] = by.Username }))));
        api.MapGet(Project + "/external_status_checks", (HttpRequest request, string id) => Ultimate(id, project =>
            GitLabAnswers.Page(request, project.Checks.Select(check => GitLabJson.Check(project, check)))));
        api.MapPost(Project + "/external_status_checks", async (HttpRequest request, string id) =>
        {
            var body = await GitLabRest.BodyAsync(request);
            return Ultimate(id, project => Add(project, body));
        });
        api.MapDelete(Project + "/external_status_checks/{check:long}", (string id, long check) => Ultimate(id, project =>
            project.Checks.RemoveAll(one => one.Id == check) == 1 ? Results.StatusCode(204) : GitLabAnswers.Missing("")));
    }

    private void MapHooks(RouteGroupBuilder api)
    {
        api.MapDelete(Hook, (string id, long hook) => With(id, project =>
            project.Hooks.RemoveAll(one => one.Id == hook) == 1 ? Results.StatusCode(204) : GitLabAnswers.Missing("Hook")));
        api.MapGet(Hook + "/events", (HttpRequest request, string id, long hook) => WithHook(id, hook, found =>
        {
            Func<GitLabHookEvent, bool>? wanted = Query(request, "status") switch
            {
                "" => _ => true,
                "successful" => one => one.Status is >= 200 and < 300,
                "client_failure" => one => one.Status is >= 400 and < 500,
                "server_failure" => one => one.Status is 0 or >= 500,
                _ => null,
            };
            if (wanted is null) return GitLabAnswers.Wrong(400, "status is invalid");
            lock (found.Log)
            {
                return GitLabAnswers.Page(request, found.Log.Where(wanted).Reverse().Select(GitLabJson.HookEvent));
            }
        }));
        api.MapPost(Hook + "/events/{handle:long}/resend", async (string id, long hook, long handle) =>
        {
            var found = forge.FindProject(id)?.Hooks.Find(one => one.Id == hook);
            if (!forge.KeepsHookEvents || found?.Log.Find(one => one.Id == handle) is not { } noted) return GitLabAnswers.Missing("Event");
            return GitLabAnswers.Created(new JsonObject { ["response_status"] = await forge.ResendAsync(found, noted) });
        });
    }

    private void MapFiles(RouteGroupBuilder api)
    {
        api.MapGet(Project + "/repository/files/{path}", async (HttpRequest request, string id, string path) =>
        {
            if (forge.FindProject(id) is not { } project) return GitLabAnswers.Missing("Project");
            var text = await project.Repo.ReadAsync(Query(request, "ref"), Uri.UnescapeDataString(path));
            return text is null
                ? GitLabAnswers.Missing("File")
                : GitLabAnswers.One(
                    request, new JsonObject { ["content"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text)) });
        });
        api.MapPost(Project + "/repository/commits", async (HttpRequest request, string id) =>
            forge.FindProject(id) is { } project
                ? await CommitAsync(project, await GitLabRest.BodyAsync(request))
                : GitLabAnswers.Missing("Project"));
        api.MapPost(Project + "/merge_requests", async (HttpRequest request, string id) =>
        {
            var body = await GitLabRest.BodyAsync(request);
            if (forge.FindProject(id) is not { } project) return GitLabAnswers.Missing("Project");
            var (from, onto) = (GitLabRest.Text(body, "source_branch"), GitLabRest.Text(body, "target_branch"));
            if (project.MergeRequests.Exists(one => one.State == "opened" && one.Source == from && one.Target == onto))
            {
                return GitLabAnswers.Wrong(409, "Another open merge request already exists for this source branch");
            }

            var (title, text) = (GitLabRest.Text(body, "title"), GitLabRest.Text(body, "description"));
            var iid = await forge.OpenChangeAsync(project.Path, forge.Gate.Username, from, title, onto, text);
            return GitLabAnswers.Created(GitLabJson.MergeRequest(project, forge.FindChange(project, iid)!));
        });
    }

    private async Task<IResult> CommitAsync(GitLabProject project, JsonObject body)
    {
        var (branch, start) = (GitLabRest.Text(body, "branch"), GitLabRest.Text(body, "start_branch"));
        var before = await project.Repo.TryResolveAsync($"refs/heads/{branch}");
        if (before is not null && start.Length > 0) return GitLabAnswers.Wrong(400, $"A branch called '{branch}' already exists.");
        if (before is null && start.Length == 0) return GitLabAnswers.Wrong(400, "You can only create or edit files when you are on a branch");
        var files = new List<GitFile>();
        foreach (var action in body["actions"]!.AsArray().Select(one => one!.AsObject()))
        {
            var path = GitLabRest.Text(action, "file_path");
            var isThere = await project.Repo.ReadAsync(before ?? start, path) is not null;
            var isCreated = GitLabRest.Text(action, "action") == "create";
            if (isThere == isCreated) return GitLabAnswers.Wrong(400, "A file with this name already exists, or does not");
            files.Add(GitFile.Text(path, GitLabRest.Text(action, "content")));
        }

        var commit = await project.Repo.CommitAsync(branch, GitLabRest.Text(body, "commit_message"), files, from: start);
        await forge.PushedAsync(project, branch, before, commit);
        return GitLabAnswers.Created(new JsonObject { ["id"] = commit });
    }

    private IResult Add(GitLabProject project, JsonObject body)
    {
        var (name, url) = (GitLabRest.Text(body, "name"), GitLabRest.Text(body, "external_url"));
        if (name.Length == 0 || url.Length == 0) return GitLabAnswers.Wrong(400, "name or external_url is missing");
        if (project.Checks.Exists(one => one.Name == name || one.Url == url))
        {
            return GitLabAnswers.Wrong(422, "Name has already been taken");
        }

        var check = new GitLabCheck(forge.NextId(), name, url, GitLabRest.Text(body, "shared_secret"));
        project.Checks.Add(check);
        return GitLabAnswers.Created(GitLabJson.Check(project, check));
    }

    private JsonObject Described(GitLabProject project)
    {
        var json = GitLabJson.Project(project);
        json["permissions"] = new JsonObject
        {
            ["project_access"] = new JsonObject { ["access_level"] = forge.GateLevel },
            ["group_access"] = null,
        };
        if (forge.Tier == GitLabTier.Ultimate) json["only_allow_merge_if_all_status_checks_passed"] = project.NeedsChecks;
        return json;
    }

    private static IResult Projects(HttpRequest request, IEnumerable<GitLabProject> all, bool isThere, string what)
    {
        var found = all.Where(project => !project.IsArchived || Query(request, "archived") != "false").ToList();
        return isThere || found.Count > 0
            ? GitLabAnswers.Page(request, found.OrderBy(project => project.Id).Select(GitLabJson.Project))
            : GitLabAnswers.Missing(what);
    }

    private static string Query(HttpRequest request, string name) => request.Query[name].FirstOrDefault() ?? "";

    private IResult With(string id, Func<GitLabProject, IResult> answer) =>
        forge.FindProject(id) is { } project ? answer(project) : GitLabAnswers.Missing("Project");

    private IResult Ultimate(string id, Func<GitLabProject, IResult> answer) =>
        forge.Tier == GitLabTier.Ultimate ? With(id, answer) : GitLabAnswers.Missing("");

    private IResult WithHook(string id, long hook, Func<GitLabHook, IResult> answer) => With(id, project =>
        forge.KeepsHookEvents && project.Hooks.Find(one => one.Id == hook) is { } found ? answer(found) : GitLabAnswers.Missing("Hook"));
}
