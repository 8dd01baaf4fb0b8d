using System.Text;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.BitbucketDataCenter;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Forges.Tests.BitbucketDataCenter;

public sealed class BitbucketDataCenterReaderTests(ITestOutputHelper output)
{
    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var (file, name, reading) in ReadingText.Rows("BitbucketDataCenter")) rows.Add(file, name, reading);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_fixture_is_read_as_the_table_says(string file, string name, string reading)
    {
        var path = ReadingText.Locate("BitbucketDataCenter", "bitbucket-datacenter", file);
        Assert.SkipWhen(path is null, $"the reference fixture `bitbucket-datacenter/{file}` is not here");
        var actual = Read(name, File.ReadAllBytes(path));
        if (reading.EndsWith('…')) Assert.StartsWith(reading[..^1], actual, StringComparison.Ordinal);
        else Assert.Equal(reading, actual);
    }

    [Fact]
    public void Every_fixture_stands_in_the_table()
    {
        var rows = ReadingText.Rows("BitbucketDataCenter").Select(row => row.File).ToHashSet();
        var own = Directory.GetFiles(Path.Combine(ReadingText.Folder("BitbucketDataCenter"), "Fixtures"))
            .Select(path => "own/" + Path.GetFileName(path))
            .ToList();
        Assert.Empty(own.Except(rows));
        Assert.True(own.Count >= 6, $"{own.Count} fixtures of our own are too few");
        var folder = Shared.Locate("fixtures/bitbucket-datacenter");
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
        var own = ReadingText.Rows("BitbucketDataCenter").Where(row => row.File.StartsWith("own/", StringComparison.Ordinal));
        foreach (var (file, name, _) in own)
        {
            var body = File.ReadAllBytes(ReadingText.Locate("BitbucketDataCenter", "bitbucket-datacenter", file)!);
            Assert.Equal(Read(name, body), Read(name, body));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing at all")]
    [InlineData("[1, 2]")]
    [InlineData("{\"object_kind\": 7}")]
    [InlineData("{\"a\": 1, \"a\": 2}")]
    [InlineData("{\"object_kind\": \"merge_request\", \"object_attributes\": [], \"project\": 3, \"repository\": []}")]
    public void A_body_that_makes_no_sense_is_unreadable_and_says_why(string body)
    {
        var reading = BitbucketDataCenterReader.Read(
            ReadingText.Delivery("bitbucket-datacenter", "pr:comment:added", Encoding.UTF8.GetBytes(body)));
        Assert.NotEmpty(Assert.IsType<Reading.Unreadable>(reading).Why);
    }

    [Fact]
    public void A_body_cut_short_or_with_a_broken_byte_never_throws()
    {
        var whole = File.ReadAllBytes(
            ReadingText.Locate("BitbucketDataCenter", "bitbucket-datacenter", "own/pr.comment.added.json")!);
        for (var length = 0; length < whole.Length - 2; length++)
        {
            var cut = ReadingText.Delivery("bitbucket-datacenter", "pr:comment:added", whole.AsMemory(0, length));
            Assert.IsType<Reading.Unreadable>(BitbucketDataCenterReader.Read(cut));
        }

        for (var at = 0; at < whole.Length; at++)
        {
            var broken = whole.ToArray();
            broken[at] = 0xFF;
            Assert.IsType<Reading.Unreadable>(
                BitbucketDataCenterReader.Read(ReadingText.Delivery("bitbucket-datacenter", "pr:comment:added", broken)));
        }
    }

    private static string Read(string name, byte[] body) =>
        ReadingText.Of(BitbucketDataCenterReader.Read(ReadingText.Delivery("bitbucket-datacenter", name, body)));
}
