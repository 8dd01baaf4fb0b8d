using System.Text.Json;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Fakes.GitLab;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.Foreign;

/// <summary>
/// Other people's clients find the forge that they know in our stand-ins: what these have wrong would be wrong in every test that trusts
/// them. Each script drives one change request from its opening on; here is what it must have seen.
/// </summary>
public sealed class ForeignClientTests
{
    // Nobody listens there.
    private const string Hook = "http://127.0.0.1:9/hook";

    [Fact]
    public async Task PyGithub_knows_the_fake_GitHub_for_a_GitHub()
    {
        var why = await ForeignCode.WhyNoPythonAsync("github", "python3-github");
        Assert.SkipWhen(why is not null, why ?? "");
        await using var gitHub = await FakeGitHub.StartAsync();
        var shop = await gitHub.AddRepositoryAsync("acme/shop");
        shop.RequiredContexts.Add("gitops-gate");
        gitHub.AddToken("alices-token", "alice");
        gitHub.AddToken("bobs-token", "bob");
        var head = await gitHub.PushAsync(shop, "alice", "scale", "Scale up", ("app.yaml", "replicas: 3\n"));
        var saw = await ForeignCode.PythonAsync("github_client.py", new
        {
            api = gitHub.ApiUrl,
            alice = "alices-token",
            bob = "bobs-token",
            repository = shop.Path,
            head = "scale",
            hook = Hook,
        });
        Sees(saw, $$"""
            {
              "hook again": 422,
              "hooks": [["{{Hook}}", ["push"], false, "********"]],
              "hooks left": 0,
              "pull again": 422,
              "open": [[1, "Scale up", "alice", "scale", "main"]],
              "comments": {{Numbered("comment", 12)}},
              "counted": 12,
              "own review": 422,
              "reviews": [["bob", "CHANGES_REQUESTED", "Not yet.", true], ["bob", "APPROVED", "", true]],
              "merge while it waits": 405,
              "unknown state": 422,
              "statuses": [
                ["gitops-gate", "success", "all is well", "alice"],
                ["ci", "success", "run 6", "alice"], ["ci", "success", "run 5", "alice"], ["ci", "success", "run 4", "alice"],
                ["ci", "success", "run 3", "alice"], ["ci", "success", "run 2", "alice"], ["ci", "success", "run 1", "alice"],
                ["ci", "success", "run 0", "alice"], ["gitops-gate", "pending", "waits", "alice"]
              ],
              "pulls of commit": [1],
              "merged": true,
              "after": ["closed", true, "alice"],
              "no such pull": 404,
              "stranger": 401
            }
            """);
        Assert.Equal("success", shop.Status(head, "gitops-gate")?.State);
        Assert.Equal(3, gitHub.Journal.Entries.Count(entry => entry.Method == "GET" && entry.Path.Contains("/comments?", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Python_gitlab_knows_the_fake_GitLab_for_a_GitLab()
    {
        var why = await ForeignCode.WhyNoPythonAsync("gitlab", "python3-gitlab");
        Assert.SkipWhen(why is not null, why ?? "");
        await using var gitLab = await FakeGitLab.StartAsync();
        await gitLab.AddRepositoryAsync("acme/shop", ("app.yaml", "replicas: 2\n"));
        var head = await gitLab.PushAsync("acme/shop", "alice", "scale", "Scale up", ("app.yaml", "replicas: 3\n"));
        var saw = await ForeignCode.PythonAsync("gitlab_client.py", new
        {
            url = gitLab.Url,
            token = gitLab.Token,
            project = "acme/shop",
            source = "scale",
            hook = Hook,
        });
        Sees(saw, $$"""
            {
              "user": "{{gitLab.Gate.Username}}",
              "hooks": [["{{Hook}}", false, true, true, null]],
              "hooks left": 0,
              "change again": 409,
              "open": [[1, "Scale up", "scale", "main"]],
              "notes": {{Numbered("note", 12)}},
              "first": "note 0, edited",
              "approve another head": 409,
              "approved": ["{{gitLab.Gate.Username}}"],
              "approved still": [],
              "unknown state": 400,
              "statuses": [
                ["gitops-gate", "pending", "it is pending"], ["gitops-gate", "running", "it is running"],
                ["gitops-gate", "success", "it is success"], ["ci 0", "success", ""], ["ci 1", "success", ""], ["ci 2", "success", ""],
                ["ci 3", "success", ""], ["ci 4", "success", ""], ["ci 5", "success", ""]
              ],
              "changes of commit": [1],
              "no such change": 404,
              "stranger": 401
            }
            """);
        Assert.Equal(9, gitLab.Statuses("acme/shop", head).Count);
    }

    private static string Numbered(string word, int count) => JsonSerializer.Serialize(Enumerable.Range(0, count).Select(number => $"{word} {number}"));

    /// <summary>Each thing by itself, so that what differs is named.</summary>
    private static void Sees(JsonElement saw, string expected)
    {
        var wanted = JsonElement.Parse(expected);
        Assert.Equal(
            wanted.EnumerateObject().Select(thing => $"{thing.Name}: {JsonSerializer.Serialize(thing.Value)}"),
            saw.EnumerateObject().OrderBy(thing => Place(wanted, thing.Name)).Select(thing => $"{thing.Name}: {JsonSerializer.Serialize(thing.Value)}"));
    }

    private static int Place(JsonElement wanted, string name) => wanted.EnumerateObject().Select(thing => thing.Name).ToList().IndexOf(name);
}
