using System.Text.Json;
using Xunit;

namespace GitOpsGate.Agent.Tests;

/// <summary>The agent's way when nobody means it ill: news, restarts, and trouble on the way.</summary>
public class SyncTests
{
    [Fact]
    public async Task What_was_ordered_is_applied_and_reported_once()
    {
        await using var stage = await Stage.SetAsync();
        Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);
        Assert.Equal("", stage.Page());
        var order = await stage.OrderAsync("first", ("web/a.txt", "x"), ("web/a/b.css", "y"), ("web/a0", ""), ("elsewhere/secret", "z"));

        var pass = await stage.PassAsync();

        Assert.Equal(PassEnd.InSync, pass.End);
        Assert.Equal($"the agent applied version 1: {order.Commit}-{order.Tree} is served", pass.Line);
        Assert.Equal("first", stage.Page());
        Assert.Equal(["a", "a.txt", "a0", "index.html"], Names(stage));
        Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);
        var entry = Assert.Single(await stage.ReportsAsync());
        Assert.Equal("success", entry.GetProperty("outcome").GetString());
        Assert.Contains(order.Id, entry.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(1, stage.Proxy.Calls.Count(call => call == "content"));
    }

    [Fact]
    public async Task An_older_commit_is_a_newer_version()
    {
        await using var stage = await Stage.SetAsync();
        foreach (var page in (string[])["first", "second", "first"])
        {
            await stage.OrderAsync(page);
            Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);
            Assert.Equal(page, stage.Page());
        }

        Assert.Equal(3, (await stage.ReportsAsync()).Count);
    }

    [Fact]
    public async Task An_agent_that_waits_hears_of_an_order_at_once()
    {
        await using var stage = await Stage.SetAsync();
        var waiting = stage.Restart().PassAsync(TimeSpan.FromSeconds(40), Stage.Cancel);
        await stage.Proxy.Waiting.Task;
        await stage.OrderAsync("first");

        Assert.Contains("applied version 1", (await waiting).Line, StringComparison.Ordinal);
        Assert.Equal("first", stage.Page());
    }

    [Fact]
    public async Task An_agent_that_is_stopped_between_download_and_switch_goes_on_where_it_was()
    {
        await using var stage = await Stage.SetAsync();
        await stage.OrderAsync("first");
        // The link cannot be put where a folder stands, so everything but the switch happens.
        var obstacle = Directory.CreateDirectory(Path.Combine(stage.Site, "current", "in the way"));

        var stopped = await stage.PassAsync();
        Assert.Equal(PassEnd.Failed, stopped.End);
        Assert.Equal(1, JsonElement.Parse(await File.ReadAllTextAsync(stage.StatePath, Stage.Cancel)).GetProperty("known").GetProperty("version").GetInt64());
        obstacle.Parent!.Delete(recursive: true);

        Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);
        Assert.Equal("first", stage.Page());
        Assert.Single(Directory.GetDirectories(Path.Combine(stage.Site, "releases")));
        Assert.Equal(1, stage.Proxy.Calls.Count(call => call == "content"));
        Assert.Equal(["failure", "success"], (await stage.ReportsAsync()).Select(entry => entry.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task While_the_gateway_is_away_what_runs_keeps_running()
    {
        await using var stage = await Stage.SetAsync();
        await stage.OrderAsync("first");
        await stage.PassAsync();
        await stage.OrderAsync("second");
        stage.Proxy.IsDown = true;

        Assert.Equal(PassEnd.Unanswered, (await stage.PassAsync()).End);
        Assert.Equal("first", stage.Page());
        stage.Proxy.IsDown = false;
        Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);
        Assert.Equal("second", stage.Page());
    }

    [Fact]
    public async Task A_report_whose_answer_is_lost_is_sent_again_and_recorded_once()
    {
        await using var stage = await Stage.SetAsync();
        await stage.OrderAsync("first");
        stage.Proxy.LosesAnswersTo = "/reports";

        Assert.Equal(PassEnd.Unanswered, (await stage.PassAsync()).End);
        Assert.Equal(PassEnd.Unanswered, (await stage.PassAsync()).End);
        stage.Proxy.LosesAnswersTo = null;
        Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);

        Assert.Equal(3, stage.Proxy.Calls.Count(call => call == "reports"));
        Assert.Single(await stage.ReportsAsync());
        Assert.Equal("first", stage.Page());
    }

    [Fact]
    public async Task A_file_that_somebody_changed_is_reported_and_its_repair_too()
    {
        await using var stage = await Stage.SetAsync();
        await stage.OrderAsync("first");
        await stage.PassAsync();
        var page = Path.Combine(stage.Site, "current", "index.html");
        await File.WriteAllTextAsync(page, "defaced", Stage.Cancel);

        Assert.Equal(PassEnd.Drifted, (await stage.PassAsync()).End);
        Assert.Equal("defaced", stage.Page());
        await File.WriteAllTextAsync(page, "first", Stage.Cancel);
        Assert.Equal(PassEnd.InSync, (await stage.PassAsync()).End);
        Assert.Equal(["success", "failure", "success"], (await stage.ReportsAsync()).Select(entry => entry.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task A_folder_is_one_agents_alone()
    {
        await using var stage = await Stage.SetAsync();
        stage.Restart();
        var problem = Assert.Throws<IOException>(() => new Engines.DirectoryEngine(stage.Site, 5));
        Assert.Equal($"`{stage.Site}` is in use by another agent", problem.Message);
    }

    [Fact]
    public void Rests_grow_after_trouble_up_to_five_minutes_and_differ_by_chance()
    {
        var (pace, other) = (new Pace(TimeSpan.FromSeconds(30), new Random(1)), new Pace(TimeSpan.FromSeconds(30), new Random(2)));
        var trouble = new Pass(PassEnd.Unanswered, "away");
        var rests = Enumerable.Range(0, 12).Select(_ => pace.After(trouble, waited: false).TotalSeconds).ToArray();
        Assert.InRange(rests[0], 1.6, 2.4);
        Assert.InRange(rests[4], 25.6, 38.4);
        Assert.All(rests, rest => Assert.InRange(rest, 1.6, 360));
        Assert.All(rests[^3..], rest => Assert.InRange(rest, 240, 360));
        Assert.NotEqual(rests[0], other.After(trouble, waited: false).TotalSeconds);
        var quiet = new Pass(PassEnd.InSync, "well");
        Assert.InRange(pace.After(quiet, waited: false).TotalSeconds, 24, 36);
        Assert.InRange(pace.After(quiet, waited: true).TotalSeconds, 0.8, 1.2);
        Assert.Equal(TimeSpan.FromSeconds(90), pace.After(trouble with { RetryAfter = TimeSpan.FromSeconds(90) }, waited: false));
    }

    private static IEnumerable<string> Names(Stage stage) => new DirectoryInfo(Path.Combine(stage.Site, "current"))
        .EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal);
}
