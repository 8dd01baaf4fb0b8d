using System.Diagnostics;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes.Git;
using GitOpsGate.Forges.Git;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.Git;

public sealed class GitMirrorTests
{
    private static readonly RepositoryKey Repository = new(new ConnectionName("acme"), "acme/shop");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_is_read_whole()
    {
        await using var server = await GitServer.StartAsync();
        var start = await server.Repo.CommitAsync("main", "first", ("a.yaml", "kind: Pod\n"), ("gone.txt", "x\n"), ("old.txt", Lines(20)), (".gitopsgate.yaml", "old: 1\n"));
        var bob = new GitPerson("Bob", "bob@example.org");
        var first = await server.Repo.CommitAsync("feature", "second\n\nwith a body", [GitFile.Text("a.yaml", "kind: Pod\nname: x\n")], bob, from: start);
        var head = await server.Repo.CommitAsync("feature", "third", [
            GitFile.Removed("gone.txt"), GitFile.Removed("old.txt"), GitFile.Text("new.txt", Lines(20)),
            GitFile.Text("bad.json", "{\"a\":1,}"), GitFile.Link("link.yaml", "a.yaml"), new GitFile("b.bin", [0, 1, 2, 0]),
            GitFile.Text("chart/Chart.yaml", "name: c\n"), GitFile.Text("chart/templates/t.yaml", "{{ if x }}\na: 1\n{{ end }}\n"),
            GitFile.Text(".gitopsgate.yaml", "new: 1\n"),
        ]);
        var tip = await server.Repo.CommitAsync("main", "on main", ("other.yaml", "a: 1\n"));

        var content = await Mirror(server).ReadAsync(Connection(server), Change(head), Token);

        Assert.Equal((tip, start, head), (content.Base.Value, content.MergeBase.Value, content.Head.Value));
        Assert.Equal([first, head], content.Commits.Select(commit => commit.Id.Value));
        Assert.Equal(("second\n\nwith a body", "Bob", "bob@example.org"), (content.Commits[0].Message, content.Commits[0].AuthorName, content.Commits[0].CommitterEmail));
        Assert.Equal([start], content.Commits[0].Parents.Select(parent => parent.Value));
        Assert.Equal(SignatureState.Unsigned, content.Commits[0].Signature);
        Assert.Equal(
            [
                ".gitopsgate.yaml Modified 1 1", "a.yaml Modified 1 0", "b.bin Added 0 0", "bad.json Added 1 0", "chart/Chart.yaml Added 1 0",
                "chart/templates/t.yaml Added 3 0", "gone.txt Removed 0 1", "link.yaml Added 1 0", "new.txt Renamed 0 0",
            ],
            content.Files.Select(file => $"{file.Path} {file.Status} {file.Additions} {file.Deletions}"));
        Assert.Equal([new AddedLine(2, "name: x")], content.Files[1].Added);
        Assert.True(content.Files[2].IsBinary);
        Assert.Equal(("old.txt", "120000", 18), (content.Files[8].PreviousPath, content.Files[7].Mode, content.Files[1].Size));
        Assert.Equal([".gitopsgate.yaml", "a.yaml", "chart/Chart.yaml"], content.Documents.Select(document => document.Path));
        Assert.Equal(["bad.json", "link.yaml"], content.Problems.Select(problem => problem.Path));
        Assert.Equal("old: 1\n", Encoding.UTF8.GetString(content.RuleFile!.Value.Span));
    }

    [Fact]
    public async Task Reading_again_asks_only_where_the_target_branch_stands_and_a_new_head_costs_little()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a.yaml", "kind: Pod\n"));
        var head = await server.Repo.CommitAsync("feature", "second", [GitFile.Text("b.yaml", "b: 1\n")], from: tip);
        var mirror = Mirror(server);
        var change = Change(head) with { TargetTip = CommitId.Parse(tip) };
        await mirror.ReadAsync(Connection(server), change, Token);
        var calls = server.Calls;

        await mirror.ReadAsync(Connection(server), change, Token);
        Assert.InRange(server.Calls - calls, 1, 2);
        calls = server.Calls;

        var next = await server.Repo.CommitAsync("feature", "third", ("b.yaml", "b: 2\n"));
        var watch = Stopwatch.StartNew();
        var content = await mirror.ReadAsync(Connection(server), Change(next) with { TargetTip = CommitId.Parse(tip) }, Token);
        TestContext.Current.SendDiagnosticMessage($"a new head was read in {watch.ElapsedMilliseconds} ms");
        Assert.Equal(2, content.Commits.Length);
        Assert.InRange(server.Calls - calls, 1, 4);
    }

    [Fact]
    public async Task An_open_change_is_judged_by_the_rules_of_today_whatever_tip_the_forge_names()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", (".gitopsgate.yaml", "version: 1\n"));
        var head = await server.Repo.CommitAsync("feature", "second", [GitFile.Text("b.yaml", "b: 1\n")], from: tip);
        var mirror = Mirror(server);
        var change = Change(head) with { TargetTip = CommitId.Parse(tip) };
        await mirror.ReadAsync(Connection(server), change, Token);

        var stricter = await server.Repo.CommitAsync("main", "stricter", (".gitopsgate.yaml", "version: 1\napprovals: []\n"));
        var content = await mirror.ReadAsync(Connection(server), change, Token);
        Assert.Equal(CommitId.Parse(stricter), content.Base);
        Assert.Contains("approvals", System.Text.Encoding.UTF8.GetString(content.RuleFile!.Value.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("github", "x-access-token")]
    [InlineData("gitlab", "oauth2")]
    [InlineData("bitbucket-cloud", "x-token-auth")]
    public async Task Each_forge_is_given_the_user_name_it_wants(string forge, string user)
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a.yaml", "a: 1\n"));

        await Mirror(server).TreeAsync(Connection(server) with { Forge = forge }, Repository, CommitId.Parse(tip), "", Token);

        Assert.Equal([user], server.Users.Distinct());
    }

    [Fact]
    public async Task Trouble_names_the_repository_and_never_the_token()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a.yaml", "a: 1\n"));
        var mirror = Mirror(server);

        server.Failing = 503;
        var failed = await Assert.ThrowsAsync<GitTroubleException>(() => mirror.TreeAsync(Connection(server), Repository, CommitId.Parse(tip), "", Token));
        Assert.False(failed.IsPermanent);
        Assert.Contains("acme/shop", failed.Message);
        Assert.DoesNotContain(GitServer.Token, failed.Message);

        server.Failing = null;
        var gone = await Assert.ThrowsAsync<GitTroubleException>(
            () => mirror.TreeAsync(Connection(server), Repository, CommitId.Parse(new string('a', 40)), "", Token));
        Assert.True(gone.IsPermanent);
        await Assert.ThrowsAsync<GitTroubleException>(
            () => mirror.TreeAsync(Connection(server), Repository with { Path = "../x" }, CommitId.Parse(tip), "", Token));
        var wrong = Connection(server) with { Token = new Secret("not-the-token") };
        Assert.False((await Assert.ThrowsAsync<GitTroubleException>(
            () => mirror.TreeAsync(wrong, Repository with { Connection = new ConnectionName("b") }, CommitId.Parse(tip), "", Token))).IsPermanent);
    }

    [Fact]
    public async Task A_push_is_read_along_the_first_parents()
    {
        await using var server = await GitServer.StartAsync();
        var before = await server.Repo.CommitAsync("main", "first", ("a", "1\n"));
        var side = await server.Repo.CommitAsync("feature", "second", [GitFile.Text("b", "2\n")], from: before);
        var direct = await server.Repo.CommitAsync("main", "third", ("c", "3\n"));
        var merge = await server.Repo.MergeAsync("main", "feature", "merged");
        var mirror = Mirror(server);
        var connection = Connection(server);

        var pushed = await mirror.PushedAsync(connection, Repository, "main", CommitId.Parse(before), CommitId.Parse(merge), Token);
        var fresh = await mirror.PushedAsync(connection, Repository, "main", default, CommitId.Parse(merge), Token);
        var merged = await mirror.MergedTreeAsync(connection, Repository, CommitId.Parse(direct), CommitId.Parse(side), Token);

        Assert.Equal([(direct, before), (merge, direct)], pushed.Select(commit => (commit.Id.Value, commit.FirstParent.Value)));
        Assert.Equal([merge], fresh.Select(commit => commit.Id.Value));
        Assert.Equal(await server.Repo.TreeAsync(merge), merged);
        Assert.Equal(merged, pushed[1].Tree);
    }

    [Fact]
    public async Task A_conflict_has_no_merged_tree_and_a_file_has_no_tree()
    {
        await using var server = await GitServer.StartAsync();
        var start = await server.Repo.CommitAsync("main", "first", ("dir/a", "1\n"));
        var ours = await server.Repo.CommitAsync("main", "ours", ("dir/a", "2\n"));
        var theirs = await server.Repo.CommitAsync("feature", "theirs", [GitFile.Text("dir/a", "3\n")], from: start);
        var mirror = Mirror(server);

        Assert.Null(await mirror.MergedTreeAsync(Connection(server), Repository, CommitId.Parse(ours), CommitId.Parse(theirs), Token));
        Assert.Null(await mirror.TreeAsync(Connection(server), Repository, CommitId.Parse(ours), "dir/a", Token));
        Assert.Equal(await server.Repo.TreeAsync(ours, "dir"), await mirror.TreeAsync(Connection(server), Repository, CommitId.Parse(ours), "dir", Token));
        Assert.Null(await mirror.RuleFileAsync(Connection(server), Repository, CommitId.Parse(ours), Token));
    }

    [Fact]
    public async Task A_merged_change_is_read_as_it_was_before_the_merge()
    {
        await using var server = await GitServer.StartAsync();
        var start = await server.Repo.CommitAsync("main", "first", ("a", "1\n"));
        var head = await server.Repo.CommitAsync("feature", "second", [GitFile.Text("b", "2\n")], from: start);
        var merge = await server.Repo.MergeAsync("main", "feature", "merged");

        var content = await Mirror(server).ReadAsync(
            Connection(server), Change(head) with { State = ChangeState.Merged, MergeCommit = CommitId.Parse(merge) }, Token);

        Assert.Equal(["b"], content.Files.Select(file => file.Path));
        Assert.Equal(start, content.Base.Value);
    }

    [Fact]
    public async Task Files_are_exported_as_they_are()
    {
        await using var server = await GitServer.StartAsync();
        var commit = await server.Repo.CommitAsync("main", "first", [
            GitFile.Text("site/index.html", "hello\r\n"), new GitFile("site/bin/run", "#!/bin/sh\n"u8.ToArray(), "100755"),
            GitFile.Link("site/bin/home", "../index.html"), GitFile.Text("site/.gitattributes", "* export-ignore eol=lf\n"), GitFile.Text("else", "x"),
        ]);
        var folder = Path.Combine(server.Scratch, "out");

        await Mirror(server).ExportAsync(Connection(server), Repository, CommitId.Parse(commit), "site", folder, Token);

        Assert.Equal("hello\r\n", await File.ReadAllTextAsync(Path.Combine(folder, "bin", "home"), Token));
        Assert.True(OperatingSystem.IsWindows() || (File.GetUnixFileMode(Path.Combine(folder, "bin", "run")) & UnixFileMode.UserExecute) != 0);
        Assert.False(File.Exists(Path.Combine(folder, "else")));
    }

    [Theory]
    [InlineData("a/link", "../../outside")]
    [InlineData("link", "/etc/passwd")]
    [InlineData("link", "dir/../../outside")]
    [InlineData("link", ".git/config")]
    public async Task Links_that_leave_the_folder_are_refused(string path, string target)
    {
        await using var server = await GitServer.StartAsync();
        var commit = await server.Repo.CommitAsync("main", "first", [GitFile.Link(path, target)]);

        var refused = await Assert.ThrowsAsync<GitTroubleException>(() => Mirror(server).ExportAsync(
            Connection(server), Repository, CommitId.Parse(commit), "", Path.Combine(server.Scratch, "out"), Token));

        Assert.True(refused.IsPermanent);
        Assert.Contains("points outside", refused.Message);
    }

    [Fact]
    public async Task Submodules_are_refused_and_hooks_of_the_mirror_never_run()
    {
        await using var server = await GitServer.StartAsync();
        var commit = await server.Repo.CommitAsync("main", "first", [new GitFile("sub", Encoding.ASCII.GetBytes(new string('1', 40)), "160000")]);

        var refused = await Assert.ThrowsAsync<GitTroubleException>(() => Mirror(server).ExportAsync(
            Connection(server), Repository, CommitId.Parse(commit), "", Path.Combine(server.Scratch, "out"), Token));

        Assert.Contains("submodule", refused.Message);
    }

    [Fact]
    public async Task A_lock_left_by_a_killed_git_does_not_stop_the_next_fetch()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a.yaml", "a: 1\n"));
        await Mirror(server).ReadAsync(Connection(server), Change(tip), Token);
        var heads = Directory.EnumerateFiles(Path.Combine(server.Scratch, "mirrors"), "*", SearchOption.AllDirectories)
            .Where(file => file.Contains("refs/gate/heads", StringComparison.Ordinal)).ToList();
        foreach (var file in heads) await File.WriteAllTextAsync(file + ".lock", "", Token);
        var next = await server.Repo.CommitAsync("main", "second", ("a.yaml", "a: 2\n"));

        var content = await Mirror(server).ReadAsync(Connection(server), Change(next), Token);

        Assert.NotEmpty(heads);
        Assert.Equal(next, content.Base.Value);
    }

    [Fact]
    public async Task Many_who_want_the_same_commit_fetch_it_once()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a.yaml", "a: 1\n"));
        var mirror = Mirror(server);

        var trees = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => mirror.TreeAsync(Connection(server), Repository, CommitId.Parse(tip), "", Token)));

        Assert.Single(trees.Distinct());
        Assert.InRange(server.Calls, 1, 3);
    }

    [Theory]
    [InlineData("github", "refs/pull/7/head")]
    [InlineData("gitlab", "refs/merge-requests/7/head")]
    [InlineData("bitbucket-cloud", "refs/heads/feature")]
    public async Task A_forge_that_serves_no_ids_is_asked_for_the_ref_of_the_change(string forge, string name)
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a", "1\n"));
        var head = await server.Repo.CommitAsync("feature", "second", [GitFile.Text("b", "2\n")], from: tip);
        var later = await server.Repo.CommitAsync("feature", "third", ("b", "3\n"));
        await server.Repo.SetRefAsync(name, later);
        await server.Repo.GitAsync("config", "uploadpack.allowAnySHA1InWant", "false");
        server.RefusesIds = true;

        var content = await Mirror(server).ReadAsync(Connection(server) with { Forge = forge }, Change(head), Token);

        Assert.Equal([head], content.Commits.Select(commit => commit.Id.Value));
    }

    [Fact]
    public async Task File_contents_that_the_first_fetch_left_out_are_exported_too()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a", "1\n"), ("b", "2\n"), ("c", "3\n"));
        var mirror = Mirror(server);
        await mirror.TreeAsync(Connection(server), Repository, CommitId.Parse(tip), "", Token);
        var calls = server.Calls;
        var folder = Path.Combine(server.Scratch, "out");

        await mirror.ExportAsync(Connection(server), Repository, CommitId.Parse(tip), "", folder, Token);

        Assert.Equal(["a", "b", "c"], Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());
        Assert.InRange(server.Calls - calls, 1, 4);
    }

    [Fact]
    public async Task A_server_that_cannot_leave_contents_out_serves_all_the_same()
    {
        await using var server = await GitServer.StartAsync();
        await server.Repo.GitAsync("config", "uploadpack.allowFilter", "false");
        var tip = await server.Repo.CommitAsync("main", "first", ("a.yaml", "a: 1\n"));
        var head = await server.Repo.CommitAsync("feature", "second", [GitFile.Text("a.yaml", "a: 2\n")], from: tip);

        var content = await Mirror(server).ReadAsync(Connection(server), Change(head), Token);

        Assert.Single(content.Documents);
    }

    [Fact]
    public async Task A_connection_to_a_folder_reads_files_and_one_to_a_server_never_does()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a", "1\n"));
        var local = Connection(server) with { GitUrl = Path.GetFullPath(Path.Combine(server.Repo.Path, "..", "..")) };

        Assert.NotNull(await Mirror(server).TreeAsync(local, Repository, CommitId.Parse(tip), "", Token));
        var other = Connection(server) with { GitUrl = "ext::sh -c touch% pwned", Name = new ConnectionName("evil") };
        var refused = await Assert.ThrowsAsync<GitTroubleException>(
            () => Mirror(server).TreeAsync(other, Repository with { Connection = other.Name }, CommitId.Parse(tip), "", Token));
        Assert.Contains("not allowed", refused.Message);
    }

    [Fact]
    public async Task A_signed_commit_is_unknown_until_the_forge_tells_and_long_lines_are_cut()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a", "1\n"));
        var plain = await server.Repo.CommitAsync("feature", "second", [GitFile.Text("b", new string('x', 5000) + "\n++ y\n-- z\n")], from: tip);
        var raw = await server.Repo.GitAsync("cat-file", "commit", plain);
        var file = Path.Combine(server.Scratch, "commit");
        Directory.CreateDirectory(server.Scratch);
        await File.WriteAllTextAsync(file, raw.Replace("\n\n", "\ngpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\n\n"), Token);
        var signed = (await server.Repo.GitAsync("hash-object", "-t", "commit", "-w", file)).Trim();
        await server.Repo.SetRefAsync("refs/heads/feature", signed);

        var content = await Mirror(server).ReadAsync(Connection(server), Change(signed), Token);

        Assert.Equal((SignatureState.Unknown, "second"), (content.Commits[0].Signature, content.Commits[0].Message));
        Assert.Equal([2000, 4, 4], content.Files[0].Added.Select(line => line.Text.Length));
        Assert.Equal((3, "-- z"), (content.Files[0].Added[2].Line, content.Files[0].Added[2].Text));
    }

    [Fact]
    public async Task More_commits_or_files_than_are_listed_is_a_problem()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a", "1\n"));
        await server.Repo.CommitAsync("feature", "second", [GitFile.Text("b", "2\n")], from: tip);
        await server.Repo.CommitAsync("feature", "third", ("c", "2\n3\n4\n"));
        var head = await server.Repo.CommitAsync("feature", "fourth", ("d", "2\n"));
        var mirror = server.Mirror("small", options => options with { MaxCommits = 2, MaxChangedFiles = 2, MaxAddedLines = 3 });

        var content = await mirror.ReadAsync(Connection(server), Change(head), Token);

        Assert.Equal(["third", "fourth"], content.Commits.Select(commit => commit.Message));
        Assert.Equal((2, 2), (content.Files.Length, content.Problems.Length));
        Assert.Equal(3, content.Files.Sum(file => file.Added.Length));
    }

    private static string Lines(int count) => string.Concat(Enumerable.Range(1, count).Select(i => $"line {i}\n"));

    private static GitMirror Mirror(GitServer server) => server.Mirror();

    private static Connection Connection(GitServer server) => new()
    {
        Name = Repository.Connection,
        Forge = "github",
        ApiUrl = server.Url,
        GitUrl = server.Url,
        Token = new Secret(GitServer.Token),
        WebhookSecrets = [],
    };

    private static ChangeRequest Change(string head) => new()
    {
        Key = new ChangeKey(Repository, 7),
        Title = "t",
        State = ChangeState.Open,
        Author = new Person("bob", "2", PersonKind.User),
        SourceBranch = "feature",
        TargetBranch = "main",
        Head = CommitId.Parse(head),
    };
}
