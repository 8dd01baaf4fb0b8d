using System.Text;
using System.Text.Json.Nodes;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.AzureDevOps;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

public sealed class AzureDevOpsReaderTests(ITestOutputHelper output)
{
    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var (file, name, reading) in ReadingText.Rows("AzureDevOps")) rows.Add(file, name, reading);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_fixture_is_read_as_the_table_says(string file, string name, string reading)
    {
        var path = ReadingText.Locate("AzureDevOps", "azuredevops", file);
        Assert.SkipWhen(path is null, $"the reference fixture `azuredevops/{file}` is not here");
        AssertIs(reading, Read(name, File.ReadAllBytes(path)));
    }

    /// <summary>The event is in the body: it is read from there whatever a call was labelled with.</summary>
    [Theory]
    [InlineData("git.push")]
    [InlineData("webhook")]
    [InlineData("")]
    public void The_event_of_the_body_goes_before_the_label(string label)
    {
        foreach (var (file, _, reading) in ReadingText.Rows("AzureDevOps"))
        {
            if (file == "own/git.push.no-event-type.json") continue;
            if (ReadingText.Locate("AzureDevOps", "azuredevops", file) is { } path) AssertIs(reading, Read(label, File.ReadAllBytes(path)));
        }
    }

    [Theory]
    [InlineData("webhook")]
    [InlineData("")]
    public void Without_an_event_in_the_body_a_label_that_says_none_is_not_enough(string label) => Assert.Equal(
        "unreadable: `eventType` is missing; Azure DevOps names its event there",
        Read(label, File.ReadAllBytes(ReadingText.Locate("AzureDevOps", "azuredevops", "own/git.push.no-event-type.json")!)));

    [Fact]
    public void Every_fixture_stands_in_the_table()
    {
        var rows = ReadingText.Rows("AzureDevOps").Select(row => row.File).ToHashSet();
        var own = Directory.GetFiles(Path.Combine(ReadingText.Folder("AzureDevOps"), "Fixtures"))
            .Select(path => "own/" + Path.GetFileName(path))
            .ToList();
        Assert.Empty(own.Except(rows));
        Assert.True(own.Count >= 6, $"{own.Count} fixtures of our own are too few");
        var folder = Shared.Locate("fixtures/azuredevops");
        Assert.SkipWhen(folder is null, "the reference fixtures are not here");
        var reference = Directory.GetFiles(folder)
            .Select(path => Path.GetFileName(path)!)
            .Where(name => !name.StartsWith("api.", StringComparison.Ordinal))
            .ToList();
        Assert.Empty(reference.Except(rows));
        output.WriteLine($"{own.Count} fixtures of our own and {reference.Count} of the reference material are read");
    }

    [Fact]
    public void The_same_delivery_always_reads_the_same()
    {
        foreach (var (name, body) in Own()) Assert.Equal(Read(name, body), Read(name, body));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing at all")]
    [InlineData("[1, 2]")]
    [InlineData("{\"object_kind\": 7}")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("{\"eventType\": \"git.push\", \"resource\": []}")]
    [InlineData("{\"eventType\": 7, \"resource\": {\"repository\": 3, \"pullRequestId\": []}}")]
    [InlineData("{\"eventType\": \"build.complete\", \"resource\": {\"repository\": {\"url\": \"https://dev.azure.com\"}}}")]
    [InlineData("{\"eventType\": \"git.repo.deleted\", \"resource\": {\"repositoryName\": \"..\", \"project\": {\"name\": \"a\"}}}")]
    [InlineData("{\"eventType\": \"git.repo.deleted\", \"resource\": {\"repositoryName\": \"a/b\", \"project\": {\"name\": \"a\"}}}")]
    public void A_body_that_makes_no_sense_is_unreadable_and_says_why(string body)
    {
        var reading = AzureDevOpsReader.Read(ReadingText.Delivery("azuredevops", "git.pullrequest.created", Encoding.UTF8.GetBytes(body)));
        Assert.NotEmpty(Assert.IsType<Reading.Unreadable>(reading).Why);
    }

    [Fact]
    public void A_body_cut_short_or_with_a_broken_byte_never_throws()
    {
        var whole = File.ReadAllBytes(ReadingText.Locate("AzureDevOps", "azuredevops", "own/comment.quotes-ours.json")!);
        for (var length = 0; length < whole.Length - 2; length++)
        {
            var cut = ReadingText.Delivery("azuredevops", "git.pullrequest.created", whole.AsMemory(0, length));
            Assert.IsType<Reading.Unreadable>(AzureDevOpsReader.Read(cut));
        }

        for (var at = 0; at < whole.Length; at++)
        {
            var broken = whole.ToArray();
            broken[at] = 0xFF;
            Assert.IsType<Reading.Unreadable>(
                AzureDevOpsReader.Read(ReadingText.Delivery("azuredevops", "git.pullrequest.created", broken)));
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"\"")]
    [InlineData("\"https://dev.azure.com/_git\"")]
    [InlineData("\"refs/pull/99999999999999999999/merge\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("[[]]")]
    [InlineData("{}")]
    public void A_part_that_is_something_else_never_throws(string instead)
    {
        foreach (var (name, body) in Own())
        {
            // One of ours has a key twice, which no tree can hold.
            if (!StrictJson.TryParse(body, out _, out _)) continue;
            var root = JsonNode.Parse(body)!;
            foreach (var place in Places(root).ToList())
            {
                var kept = place.Parent![place.Key]?.DeepClone();
                // Not as a node: half of a surrogate pair could not be written.
                place.Parent[place.Key] = "instead";
                var changed = root.ToJsonString().Replace("\"instead\"", instead, StringComparison.Ordinal);
                Assert.NotEmpty(Read(name, Encoding.UTF8.GetBytes(changed)));
                place.Parent[place.Key] = kept;
            }
        }
    }

    private static IEnumerable<(JsonObject Parent, string Key)> Places(JsonNode? node) => node switch
    {
        JsonObject parent => parent.SelectMany(part => Places(part.Value).Append((parent, part.Key))),
        JsonArray list => list.SelectMany(Places),
        _ => [],
    };

    private static IEnumerable<(string Event, byte[] Body)> Own() =>
        ReadingText.Rows("AzureDevOps").Where(row => row.File.StartsWith("own/", StringComparison.Ordinal))
            .Select(row => (row.Event, File.ReadAllBytes(ReadingText.Locate("AzureDevOps", "azuredevops", row.File)!)));

    private static void AssertIs(string reading, string actual)
    {
        if (reading.EndsWith('…')) Assert.StartsWith(reading[..^1], actual, StringComparison.Ordinal);
        else Assert.Equal(reading, actual);
    }

    private static string Read(string name, byte[] body) =>
        ReadingText.Of(AzureDevOpsReader.Read(ReadingText.Delivery("azuredevops", name, body)));
}
