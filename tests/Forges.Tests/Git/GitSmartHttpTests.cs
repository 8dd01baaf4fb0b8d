using GitOpsGate.Fakes.Git;
using Xunit;

namespace GitOpsGate.Forges.Tests.Git;

public sealed class GitSmartHttpTests
{
    [Fact]
    public async Task A_repository_is_cloned_with_the_token_and_not_without_it()
    {
        await using var server = await GitServer.StartAsync();
        var commit = await server.Repo.CommitAsync("main", "first", ("app.yaml", "kind: Service\n"));
        var copy = await GitRepo.InitAsync(Path.Combine(server.Scratch, "copy.git"));

        await Assert.ThrowsAsync<GitFailedException>(() => copy.GitAsync(
            "-c", "credential.helper=", "-c", "core.askPass=true", "fetch", $"{server.Url}/acme/shop.git", "main:main"));
        await copy.GitAsync(
            "-c", $"http.extraHeader=Authorization: Bearer {GitServer.Token}", "fetch", $"{server.Url}/acme/shop.git", "main:main");

        Assert.Equal(commit, await copy.ResolveAsync("main"));
        Assert.Equal("kind: Service\n", await copy.ReadAsync("main", "app.yaml"));
    }

    [Fact]
    public async Task A_push_with_the_token_arrives()
    {
        await using var server = await GitServer.StartAsync();
        var copy = await GitRepo.InitAsync(Path.Combine(server.Scratch, "copy.git"));
        var commit = await copy.CommitAsync("main", "first", ("app.yaml", "kind: Service\n"));

        await copy.GitAsync(
            "-c", $"http.extraHeader=Authorization: Bearer {GitServer.Token}", "push", $"{server.Url}/acme/shop.git", "main:main");

        Assert.Equal(commit, await server.Repo.ResolveAsync("main"));
    }

    [Fact]
    public async Task Merge_squash_and_rebase_give_the_same_tree()
    {
        await using var server = await GitServer.StartAsync();
        var trees = new List<string>();
        foreach (var way in new[] { "merge", "squash", "rebase" })
        {
            var repo = await GitRepo.InitAsync(Path.Combine(server.Scratch, way + ".git"));
            var start = await repo.CommitAsync("main", "first", ("a", "1\n"));
            await repo.CommitAsync("feature", "second", [GitFile.Text("b", "2\n")], from: start);
            await repo.CommitAsync("main", "third", ("c", "3\n"));
            var commit = way switch
            {
                "merge" => await repo.MergeAsync("main", "feature", "merged"),
                "squash" => await repo.SquashAsync("main", "feature", "squashed"),
                _ => await repo.RebaseAsync("main", "feature"),
            };
            Assert.Equal(commit, await repo.ResolveAsync("main"));
            trees.Add(await repo.TreeAsync("main"));
        }

        Assert.Single(trees.Distinct());
    }
}
