using System.Globalization;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes.Git;
using Xunit;

namespace GitOpsGate.Forges.Tests.Git;

/// <summary>What a change is made of is found without git's own walk, and must be what git's own walk finds.</summary>
public sealed class ChangeSpanTests
{
    private static readonly RepositoryKey Repository = new(new ConnectionName("acme"), "acme/shop");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Merge_base_commits_and_messages_are_those_that_git_names_in_any_history()
    {
        await using var server = await GitServer.StartAsync();
        var history = await HistoryAsync(server.Repo, commits: 60, new Random(7));
        var mirror = server.Mirror();
        var random = new Random(11);
        var compared = 0;
        for (var round = 0; round < 30; round++)
        {
            var (tip, head) = (history[random.Next(history.Count)], history[random.Next(history.Count)]);
            await server.Repo.SetRefAsync("refs/heads/target", tip);
            var bases = (await server.Repo.GitAsync("merge-base", tip, head)).Trim();
            var listed = (await server.Repo.GitAsync("rev-list", "--topo-order", "--reverse", head, "^" + tip))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);

            var content = await mirror.ReadAsync(Connection(server), Change(head, "target"), Token);

            Assert.Equal((tip, bases), (content.Base.Value, content.MergeBase.Value));
            Assert.Equal(listed, content.Commits.Select(commit => commit.Id.Value));
            compared += listed.Length;
        }

        Assert.NotEqual(0, compared);
    }

    [Theory]
    [InlineData("plain\n")]
    [InlineData("\n\n  \nleading blank lines\n")]
    [InlineData("trailing blanks   \t\nin lines  \n\n\nand below\n\n\n")]
    [InlineData("    indented\n\ttabbed\n")]
    [InlineData("no end of line")]
    [InlineData("")]
    [InlineData("wide: äöü – 漢字\r\nwindows\r\n")]
    public async Task Messages_read_as_git_prints_them(string message)
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a", "1\n"));
        var head = await server.Repo.CommitAsync("feature", message, [GitFile.Text("b", "2\n")], from: tip);
        var printed = await server.Repo.GitAsync("rev-list", "--header", "--max-count=1", head);
        var blank = printed.IndexOf("\n\n", StringComparison.Ordinal);
        var body = blank < 0 ? "" : printed[(blank + 2)..].TrimEnd('\0', '\n');
        var expected = string.Join('\n', body.Split('\n').Select(line => line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line));

        var content = await server.Mirror().ReadAsync(Connection(server), Change(head), Token);

        Assert.Equal(expected.TrimEnd('\n'), content.Commits[0].Message);
    }

    [Fact]
    public async Task A_message_in_another_encoding_reads_as_git_prints_it()
    {
        await using var server = await GitServer.StartAsync();
        var tip = await server.Repo.CommitAsync("main", "first", ("a", "1\n"));
        var plain = await server.Repo.CommitAsync("feature", "gr\u00fcn", [GitFile.Text("b", "2\n")], from: tip);
        var raw = (await server.Repo.GitAsync("cat-file", "commit", plain)).Replace("\n\n", "\nencoding ISO-8859-1\n\n", StringComparison.Ordinal);
        Directory.CreateDirectory(server.Scratch);
        var file = Path.Combine(server.Scratch, "commit");
        await File.WriteAllBytesAsync(file, Encoding.Latin1.GetBytes(raw), Token);
        var head = (await server.Repo.GitAsync("hash-object", "-t", "commit", "-w", file)).Trim();
        await server.Repo.SetRefAsync("refs/heads/feature", head);

        var content = await server.Mirror().ReadAsync(Connection(server), Change(head), Token);

        Assert.Equal("gr\u00fcn", Assert.Single(content.Commits).Message);
    }

    // Branches, merges back and forth, and clocks that run backwards now and then.
    private static async Task<List<string>> HistoryAsync(GitRepo repo, int commits, Random random)
    {
        var all = new List<string> { await repo.CommitAsync("b0", "root", [GitFile.Text("f", "0\n")], at: At(0)) };
        var branches = new List<string> { "b0" };
        for (var i = 1; i < commits; i++)
        {
            var branch = branches[random.Next(branches.Count)];
            if (random.Next(4) == 0)
            {
                branches.Add($"b{i}");
                all.Add(await repo.CommitAsync($"b{i}", $"commit {i}", [GitFile.Text($"f{i}", $"{i}\n")], at: At(i - random.Next(5)), from: branch));
            }
            else if (random.Next(4) == 0 && branches[random.Next(branches.Count)] is var other && other != branch)
            {
                all.Add(await repo.MergeAsync(branch, other, $"merge {i}"));
            }
            else
            {
                all.Add(await repo.CommitAsync(branch, $"commit {i}", [GitFile.Text($"f{i}", $"{i}\n")], at: At(i - random.Next(5))));
            }
        }

        return all;
    }

    private static DateTimeOffset At(int minutes) =>
        DateTimeOffset.Parse("2026-01-02T03:04:05Z", CultureInfo.InvariantCulture).AddMinutes(minutes);

    private static Connection Connection(GitServer server) => new()
    {
        Name = Repository.Connection,
        Forge = "github",
        ApiUrl = server.Url,
        GitUrl = server.Url,
        Token = new Secret(GitServer.Token),
        WebhookSecrets = [],
    };

    private static ChangeRequest Change(string head, string branch = "main") => new()
    {
        Key = new ChangeKey(Repository, 7),
        Title = "t",
        State = ChangeState.Open,
        Author = new Person("bob", "2", PersonKind.User),
        SourceBranch = "feature",
        TargetBranch = branch,
        Head = CommitId.Parse(head),
    };
}
