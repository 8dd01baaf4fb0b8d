using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.Gitea;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>Captured deliveries of Gitea, and our own of both forges, are read as the committed table says.</summary>
public sealed class GiteaReaderTests(ITestOutputHelper output)
{
    private const string Repository = "\"repository\":{\"full_name\":\"shop/infra\"}";

    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var (file, name, reading) in ReadingText.Rows("Gitea")) rows.Add(file, name, reading);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_fixture_is_read_as_the_table_says(string file, string name, string reading)
    {
        var path = ReadingText.Locate("Gitea", "gitea", file);
        Assert.SkipWhen(path is null, $"the reference fixture `gitea/{file}` is not here");
        var actual = Read(name, File.ReadAllBytes(path));
        if (reading.EndsWith('…')) Assert.StartsWith(reading[..^1], actual, StringComparison.Ordinal);
        else Assert.Equal(reading, actual);
    }

    [Fact]
    public void Every_fixture_stands_in_the_table()
    {
        var rows = ReadingText.Rows("Gitea").Select(row => row.File).ToHashSet();
        var own = Directory.GetFiles(Path.Combine(ReadingText.Folder("Gitea"), "Fixtures"))
            .Select(path => "own/" + Path.GetFileName(path))
            .ToList();
        Assert.Empty(own.Except(rows));
        Assert.True(own.Count >= 6, $"{own.Count} fixtures of our own are too few");
        var folder = Shared.Locate("fixtures/gitea");
        Assert.SkipWhen(folder is null, "the reference fixtures are not here");
        var reference = Directory.GetFiles(folder).Select(path => Path.GetFileName(path)!).ToList();
        Assert.Empty(reference.Except(rows));
        output.WriteLine($"{own.Count} fixtures of our own and {reference.Count} of the reference material are read");
    }

    [Fact]
    public void The_same_delivery_always_reads_the_same()
    {
        foreach (var (file, name, _) in ReadingText.Rows("Gitea").Where(row => row.File.StartsWith("own/", StringComparison.Ordinal)))
        {
            var body = Own(file[4..]);
            Assert.Equal(Read(name, body), Read(name, body));
        }
    }

    [Theory]
    [InlineData("x-gitea-event-type", "pull_request_sync", "Commit | change shop/infra#12")]
    [InlineData("x-forgejo-event-type", "pull_request_sync", "Commit | change shop/infra#12")]
    [InlineData("x-gitea-event-type", "", "Change | change shop/infra#12")]
    [InlineData("x-github-event-type", "pull_request_sync", "Change | change shop/infra#12")]
    public void The_more_precise_header_decides_where_it_came(string header, string value, string reading)
    {
        var delivery = ReadingText.Delivery("gitea", "pull_request", Own("pull_request.from-the-future.json")) with
        {
            Headers = ImmutableDictionary<string, string>.Empty.Add(header, value),
        };
        Assert.Equal(reading, ReadingText.Of(GiteaReader.Read(delivery)));
    }

    [Theory]
    [InlineData("fork", "the repository was forked; the fork is another repository")]
    [InlineData("package", "it concerns a package")]
    [InlineData("wiki", "it concerns a wiki page")]
    [InlineData("issues", "it concerns an issue, not a pull request")]
    [InlineData("issue_assign", "it concerns an issue, not a pull request")]
    [InlineData("issue_label", "it concerns an issue, not a pull request")]
    [InlineData("issue_milestone", "it concerns an issue, not a pull request")]
    [InlineData("workflow_job_waiting", "a job is told by its workflow's run as well")]
    [InlineData("schedule", "`schedule` is an event that cannot change a ruling")]
    [InlineData("Push", "`Push` is an event that cannot change a ruling")]
    public void What_cannot_change_a_ruling_is_ignored_and_says_why(string name, string why) =>
        Assert.Equal($"ignored: {why}", Read(name, "{}"u8.ToArray()));

    [Theory]
    [InlineData("action_run_recover")]
    [InlineData("workflow_run_cancelled")]
    public void Every_end_of_a_run_of_Forgejo_is_looked_at(string name) =>
        Assert.Equal("Pipeline | commit shop/infra@222222222222 `plan.yml`", Read(name, Own("action_run_failure.json")));

    [Theory]
    [InlineData("pull_request_label", "Label")]
    [InlineData("pull_request_review_request", "Review")]
    [InlineData("pull_request_review_approved", "Review")]
    [InlineData("pull_request_review_rejected", "Review")]
    [InlineData("pull_request_approved", "Review")]
    [InlineData("pull_request_rejected", "Review")]
    [InlineData("pull_request_assign", "Change")]
    public void Without_an_action_the_event_says_what_may_have_changed(string name, string trigger) =>
        Assert.Equal($"{trigger} | change shop/infra#12", Read(name, "{\"number\":12," + Repository + "}"));

    [Fact]
    public void A_comment_that_says_nowhere_what_it_is_on_is_on_a_pull_request_by_its_event()
    {
        const string Body = "{\"action\":\"created\",\"issue\":{\"number\":12},\"comment\":{\"body\":\"/approve\"}," + Repository + "}";
        Assert.Equal("Comment | change shop/infra#12", Read("pull_request_comment", Body));
        Assert.Equal("ignored: it is a comment on an issue, not on a pull request", Read("issue_comment", Body));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing at all")]
    [InlineData("[1, 2]")]
    [InlineData("{\"action\": 7}")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("{\"\\ud800\": 1}")]
    [InlineData("{\"action\": [], \"number\": {}, \"pull_request\": 3, \"issue\": \"x\", \"run\": 1, \"repository\": []}")]
    [InlineData("{\"number\": 0, " + Repository + "}")]
    [InlineData("{\"number\": -3, " + Repository + "}")]
    [InlineData("{\"number\": 1e400, " + Repository + "}")]
    [InlineData("{\"number\": 12, \"repository\": {\"full_name\": \"../infra\"}}")]
    [InlineData("{\"number\": 12, \"repository\": {\"full_name\": \"shop/infra/../../user\"}}")]
    [InlineData("{\"number\": 12, \"repository\": {\"full_name\": \"shop/\\ud800\"}}")]
    [InlineData("{\"number\": 12, \"repository\": {\"full_name\": \"shop\"}}")]
    public void A_body_that_makes_no_sense_is_unreadable_and_says_why(string body)
    {
        var reading = GiteaReader.Read(ReadingText.Delivery("gitea", "pull_request", Encoding.UTF8.GetBytes(body)));
        Assert.NotEmpty(Assert.IsType<Reading.Unreadable>(reading).Why);
    }

    [Fact]
    public void A_form_is_unreadable_and_says_what_would_be_right() =>
        Assert.Equal(
            "unreadable: the hook sends a form; its content type should be `application/json`", Read("push", "payload=%7B%22ref%22"));

    [Fact]
    public void Nonsense_in_any_event_never_throws()
    {
        string[] bodies =
        [
            "{" + Repository + "}",
            "{\"ref\":7,\"before\":[],\"after\":{},\"sha\":1,\"ref_type\":[],\"run\":[],\"workflow_run\":[],\"comment\":3," + Repository + "}",
            "{\"ref\":\"\\ud800\",\"ref_type\":\"branch\",\"action\":\"\\ud800\",\"issue\":[],\"changes\":1," + Repository + "}",
        ];
        var names = ReadingText.Rows("Gitea").Select(row => row.Event).Distinct().ToList();
        foreach (var (name, body) in names.SelectMany(name => bodies.Select(body => (name, body)))) Assert.NotEmpty(Read(name, body));
    }

    [Fact]
    public void A_body_cut_short_or_with_a_broken_byte_never_throws()
    {
        var whole = Own("pull_request_comment.own-edited.json");
        for (var length = 0; length < whole.Length - 2; length++)
        {
            var cut = ReadingText.Delivery("gitea", "pull_request_comment", whole.AsMemory(0, length));
            Assert.IsType<Reading.Unreadable>(GiteaReader.Read(cut));
        }

        for (var at = 0; at < whole.Length; at++)
        {
            var broken = whole.ToArray();
            broken[at] = 0xFF;
            Assert.IsType<Reading.Unreadable>(GiteaReader.Read(ReadingText.Delivery("gitea", "pull_request_comment", broken)));
        }
    }

    private static byte[] Own(string file) => File.ReadAllBytes(ReadingText.Locate("Gitea", "gitea", "own/" + file)!);

    private static string Read(string name, string body) => Read(name, Encoding.UTF8.GetBytes(body));

    private static string Read(string name, byte[] body) => ReadingText.Of(GiteaReader.Read(ReadingText.Delivery("gitea", name, body)));
}
