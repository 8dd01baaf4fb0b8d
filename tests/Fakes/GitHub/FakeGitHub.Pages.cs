using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>What people see who open it in a browser.</summary>
public sealed partial class FakeGitHub
{
    private void MapPages(WebApplication app)
    {
        app.MapGet("/", () =>
        {
            lock (_gate) return Html(GitHubPages.Home(_repositories.Values));
        });
        app.MapPost("/{owner}/{name}/propose", ProposeAsync);
        app.MapGet("/{owner}/{name}/pull/{number:long}", (string owner, string name, long number) =>
            With(owner, name, number, pull => Html(GitHubPages.Pull(pull, null))));
        app.MapPost("/{owner}/{name}/pull/{number:long}", ActAsync);
    }

    private async Task<IResult> ProposeAsync(HttpRequest request, string owner, string name)
    {
        var form = await request.ReadFormAsync();
        if (Found(owner, name) is not { } repository) return Results.NotFound();
        var (by, branch) = (form["as"].ToString(), form["branch"].ToString());
        try
        {
            await PushAsync(repository, by, branch, form["title"].ToString(), (form["path"].ToString(), Lines(form["text"].ToString())));
            var pull = await OpenPullAsync(repository, by, branch, form["title"].ToString());
            return Results.Redirect($"/{repository.Path}/pull/{pull.Number}");
        }
        catch (GitFailedException refused)
        {
            return Results.Text(refused.Message, statusCode: 422);
        }
    }

    private async Task<IResult> ActAsync(HttpRequest request, string owner, string name, long number)
    {
        var form = await request.ReadFormAsync();
        if (Found(owner, name)?.Pulls.Find(one => one.Number == number) is not { } pull) return Results.NotFound();
        var (by, text) = (form["as"].ToString(), Lines(form["text"].ToString()));
        try
        {
            await (form["act"].ToString() switch
            {
                "approve" => ReviewAsync(pull, by, "APPROVED"),
                "reject" => ReviewAsync(pull, by, "CHANGES_REQUESTED"),
                "comment" => CommentAsync(pull, by, text),
                "push" => PushAsync(pull.Repository, by, pull.SourceBranch, $"Change {form["path"]}", (form["path"].ToString(), text)),
                "merge" => MergeAsync(pull, by),
                "force" => MergeAsync(pull, by, asAdmin: true),
                _ => Task.CompletedTask,
            });
        }
        catch (Exception refused) when (refused is GitHubRefusedException or GitFailedException)
        {
            lock (_gate) return Html(GitHubPages.Pull(pull, refused.Message), 405);
        }

        return Results.Redirect($"/{pull.Repository.Path}/pull/{pull.Number}");
    }

    // Browsers send line ends as CR LF (HTML, "constructing the entry list"); files in Git have LF.
    private static string Lines(string text)
    {
        var lines = text.ReplaceLineEndings("\n");
        return lines.Length == 0 || lines[^1] == '\n' ? lines : lines + "\n";
    }

    private static IResult Html(string page, int status = 200) => Results.Text(page, "text/html; charset=utf-8", statusCode: status);
}
