using System.Text;
using System.Text.Json;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.GitHub;
using GitOpsGate.Testing;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>Every published example of a GitHub delivery, and our own, are read as the committed tables say.</summary>
public sealed class GitHubReaderTests
{
    private const string Repository = "\"repository\":{\"full_name\":\"acme/shop\"}";
    private const string Commit = "1111111111111111111111111111111111111111";
    private const string Zeros = "0000000000000000000000000000000000000000";

    [Fact]
    public void Every_published_example_is_read_as_the_table_says()
    {
        var folder = Shared.Locate("fixtures/github");
        Assert.SkipWhen(folder is null, "the shared folder with published deliveries is absent");
        var manifest = Path.Combine(folder!, "..", "manifest.json");
        using var list = JsonDocument.Parse(File.ReadAllBytes(manifest));
        var lines = list.RootElement.EnumerateArray()
            .Select(entry => (File: entry.GetProperty("file").GetString()!, Event: entry.GetProperty("event").GetString()!))
            .Where(entry => entry.File.StartsWith("github/", StringComparison.Ordinal))
            .OrderBy(entry => entry.File, StringComparer.Ordinal)
            .Select(entry => $"{entry.File} => {ReadFile(entry.Event, Path.Combine(folder!, "..", entry.File))}")
            .ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"{lines.Count} published deliveries were read");
        Assert.DoesNotContain(lines, line => line.Contains("=> unreadable", StringComparison.Ordinal));
        Golden.Matches("published-readings.txt", string.Join('\n', lines) + "\n");
    }

    [Fact]
    public void Every_example_of_our_own_is_read_as_the_table_says()
    {
        var folder = Path.Combine(Shared.RepositoryRoot, "tests", "Forges.Tests", "GitHub", "Fixtures");
        var lines = Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)
            .Select(file => (Name: Path.GetFileName(file), File: file))
            .Select(entry => $"{entry.Name} => {ReadFile(entry.Name.Split('.')[0], entry.File)}")
            .ToList();
        Assert.True(lines.Count >= 6, "our own examples are gone");
        Golden.Matches("own-readings.txt", string.Join('\n', lines) + "\n");
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
        Assert.IsType<Reading.Unreadable>(GitHubReaderOf().Read(Readings.Delivery("github", "push", new byte[] { 0x7b, 0xff, 0x7d })));

    [Fact]
    public void Half_of_a_surrogate_pair_does_not_make_the_reader_throw() =>
        Assert.IsType<Reading.Concerns>(Read("pull_request", "{\"action\":\"\\ud800\",\"number\":7," + Repository + "}"));

    [Fact]
    public void A_key_with_half_of_a_surrogate_pair_does_not_make_the_reader_throw() =>
        Assert.NotNull(Read("pull_request", "{\"\\ud800\":1,\"\\ud800\":2,\"number\":7," + Repository + "}"));

    [Fact]
    public void An_unknown_action_on_a_pull_request_is_taken_to_matter() =>
        Assert.Equal("Change: change c:acme/shop#7", Line("pull_request", "{\"action\":\"teleported\",\"number\":7," + Repository + "}"));

    [Fact]
    public void An_event_that_is_not_known_is_ignored_by_name() =>
        Assert.Equal("ignored: event `sponsorship` can change no ruling", Line("sponsorship", "{}"));

    [Fact]
    public void The_gates_own_comment_starts_no_judging() => Assert.Equal(
        "ignored: it is the gate's own comment",
        Line("issue_comment", Commented("created", "<!-- gitops-gate:gitops-gate -->\\nheld")));

    [Fact]
    public void An_approval_cannot_be_taken_back_unseen_by_writing_the_gates_mark_before_it() => Assert.Equal(
        "Comment: change c:acme/shop#7",
        Line("issue_comment", Commented("edited", "<!-- gitops-gate --> :-1:", "\"changes\":{\"body\":{\"from\":\":+1:\"}},")));

    [Fact]
    public void A_new_branch_has_no_commit_before_it_and_a_deleted_one_none_after_it()
    {
        Assert.Equal("Push: push c:acme/shop `a/b` none..111111111111 by ", Line("push", Pushed("refs/heads/a/b", Zeros, Commit)));
        Assert.Equal("Push: push c:acme/shop `a/b` 111111111111..none by ", Line("push", Pushed("refs/heads/a/b", Commit, Zeros)));
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

    private static string ReadFile(string happened, string file) =>
        Readings.Line(GitHubReaderOf().Read(Readings.Delivery(GitHubForge.ForgeName, happened, File.ReadAllBytes(file))));

    private static string Line(string happened, string body) => Readings.Line(Read(happened, body));

    private static Reading Read(string happened, string body) =>
        GitHubReaderOf().Read(Readings.Delivery(GitHubForge.ForgeName, happened, Encoding.UTF8.GetBytes(body)));

    private static Ports.IForge GitHubReaderOf() => Rooms.Forge(GitHubForge.ForgeName);
}
