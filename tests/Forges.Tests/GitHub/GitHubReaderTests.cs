using System.Text;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.GitHub;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>Every published example of a GitHub delivery, and our own, are read as the committed tables say.</summary>
public sealed class GitHubReaderTests(ITestOutputHelper output)
{
    private const string Repository = "\"repository\":{\"full_name\":\"acme/shop\"}";
    private const string Commit = "1111111111111111111111111111111111111111";
    private const string Zeros = "0000000000000000000000000000000000000000";
    private static readonly IForge Forge = Rooms.Forge(GitHubForge.ForgeName);

    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var (file, name, reading) in ReadingText.Rows("GitHub")) rows.Add(file, name, reading);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_delivery_is_read_as_the_table_says(string file, string happened, string reading)
    {
        var path = ReadingText.Locate("GitHub", "github", file);
        Assert.SkipWhen(path is null, $"the reference fixture `github/{file}` is not here");
        Assert.Equal(reading, ReadingText.Of(Forge.Read(ReadingText.Delivery(GitHubForge.ForgeName, happened, File.ReadAllBytes(path)))));
    }

    [Fact]
    public void Every_published_and_own_delivery_stands_in_the_table()
    {
        var rows = ReadingText.Rows("GitHub").Select(row => row.File).ToHashSet();
        var own = Directory.GetFiles(Path.Combine(ReadingText.Folder("GitHub"), "Fixtures")).Select(path => "own/" + Path.GetFileName(path)).ToList();
        Assert.Empty(own.Except(rows));
        Assert.True(own.Count >= 6, $"{own.Count} fixtures of our own are too few");
        var folder = Shared.Locate("fixtures/github");
        Assert.SkipWhen(folder is null, "the reference fixtures are not here");
        var published = Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).ToList();
        Assert.Empty(published.Except(rows));
        output.WriteLine($"{own.Count} deliveries of our own and {published.Count} published ones are read");
    }

    [Theory]
    [InlineData("not json", "the body is not strict JSON")]
    [InlineData("", "the body is empty")]
    [InlineData("[]", "the body is no JSON object")]
    [InlineData("{\"number\":1,\"number\":2}", "the body is not strict JSON")]
    [InlineData("{\"number\":7}", "`repository.full_name`")]
    [InlineData("{\"number\":0," + Repository + "}", "`number`")]
    [InlineData("{\"number\":7,\"repository\":{\"full_name\":\"../shop\"}}", "`repository.full_name`")]
    [InlineData("{\"number\":7,\"repository\":{\"full_name\":\"acme/shop/../../user\"}}", "`repository.full_name`")]
    [InlineData("payload=%7B%7D", "content type should be `application/json`")]
    public void A_body_that_cannot_be_read_says_what_is_wrong(string body, string why)
    {
        var unreadable = Assert.IsType<Reading.Unreadable>(Read("pull_request", body));
        Assert.Contains(why, unreadable.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_of_more_than_64_levels_is_unreadable() =>
        Assert.IsType<Reading.Unreadable>(Read("push", new string('[', 70) + new string(']', 70)));

    [Fact]
    public void A_body_that_is_not_utf8_is_unreadable() =>
        Assert.IsType<Reading.Unreadable>(Forge.Read(ReadingText.Delivery("github", "push", new byte[] { 0x7b, 0xff, 0x7d })));

    [Fact]
    public void Half_of_a_surrogate_pair_does_not_make_the_reader_throw() =>
        Assert.IsType<Reading.Concerns>(Read("pull_request", "{\"action\":\"\\ud800\",\"number\":7," + Repository + "}"));

    [Fact]
    public void A_key_with_half_of_a_surrogate_pair_does_not_make_the_reader_throw() =>
        Assert.NotNull(Read("pull_request", "{\"\\ud800\":1,\"\\ud800\":2,\"number\":7," + Repository + "}"));

    [Fact]
    public void An_unknown_action_on_a_pull_request_is_taken_to_matter() =>
        Assert.Equal("Change | change acme/shop#7", Line("pull_request", "{\"action\":\"teleported\",\"number\":7," + Repository + "}"));

    [Fact]
    public void An_event_that_is_not_known_is_ignored_by_name() =>
        Assert.Equal("ignored: event `sponsorship` can change no ruling", Line("sponsorship", "{}"));

    [Fact]
    public void The_gates_own_comment_starts_no_judging() => Assert.Equal(
        "ignored: it is the gate's own comment",
        Line("issue_comment", Commented("created", "<!-- gitops-gate:gitops-gate -->\\nheld")));

    [Fact]
    public void An_approval_cannot_be_taken_back_unseen_by_writing_the_gates_mark_before_it() => Assert.Equal(
        "Comment | change acme/shop#7",
        Line("issue_comment", Commented("edited", "<!-- gitops-gate --> :-1:", "\"changes\":{\"body\":{\"from\":\":+1:\"}},")));

    [Fact]
    public void A_new_branch_has_no_commit_before_it_and_a_deleted_one_none_after_it()
    {
        Assert.Equal("Push | push acme/shop a/b none..111111111111 by ", Line("push", Pushed("refs/heads/a/b", Zeros, Commit)));
        Assert.Equal("Push | push acme/shop a/b 111111111111..none by ", Line("push", Pushed("refs/heads/a/b", Commit, Zeros)));
        Assert.StartsWith("unreadable", Line("push", Pushed("refs/heads/a/b", Zeros, Zeros)), StringComparison.Ordinal);
    }

    [Fact]
    public void Refs_that_are_neither_branch_nor_tag_are_ignored()
    {
        Assert.StartsWith("ignored", Line("push", Pushed("refs/pull/7/head", Zeros, Commit)), StringComparison.Ordinal);
        Assert.StartsWith("ignored", Line("push", Pushed("refs/heads/gh-readonly-queue/main/pr-7-x", Zeros, Commit)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main/pr-7-abc", 7)]
    [InlineData("release/pr-1-x/pr-42-abc", 42)]
    [InlineData("main/something", 0)]
    public void A_merge_groups_branch_names_its_pull_request(string rest, long number)
    {
        var body = $$$"""
            {"action":"checks_requested",{{{Repository}}},
             "merge_group":{"head_sha":"{{{Commit}}}","head_ref":"refs/heads/gh-readonly-queue/{{{rest}}}"}}
            """;
        var concerns = Assert.IsType<Reading.Concerns>(Read("merge_group", body));
        Assert.Equal(number, Assert.IsType<Concern.MergeGroup>(Assert.Single(concerns.What)).Number);
    }

    private static string Pushed(string name, string before, string after) =>
        $$$"""{"ref":"{{{name}}}","before":"{{{before}}}","after":"{{{after}}}",{{{Repository}}}}""";

    private static string Commented(string action, string text, string changes = "") =>
        $$$"""{"action":"{{{action}}}","issue":{"number":7,"pull_request":{}},{{{changes}}}"comment":{"body":"{{{text}}}"},{{{Repository}}}}""";

    private static string Line(string happened, string body) => ReadingText.Of(Read(happened, body));

    private static Reading Read(string happened, string body) =>
        Forge.Read(ReadingText.Delivery(GitHubForge.ForgeName, happened, Encoding.UTF8.GetBytes(body)));
}
