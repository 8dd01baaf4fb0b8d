using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>Webhooks that never arrive: what they would have told of is found all the same, and nothing is said or done twice.</summary>
public class ReconcileTests(ITestOutputHelper output)
{
    private const string Every = "{every: 5s}";
    private const int Newcomers = 8;

    /// <summary>More than a page of the forge's log and more than is asked for again in one round, each time.</summary>
    private const int Noise = 120;

    [Fact]
    public async Task A_gate_that_was_away_under_load_loses_nothing_and_judges_and_dispatches_nothing_twice()
    {
        await using var receiver = await OrderReceiver.StartAsync();
        await using var scene = await ForgeScene.StartAsync("github");
        await using var gateway = await StartAsync(scene, receiver);
        var (moved, approved) = (await ProposeAsync(scene, "moved"), await ProposeAsync(scene, "approved"));
        var merged = await ProposeAsync(scene, "merged");
        await ShowsAsync(scene, gateway, merged.Head, ShownVerdict.Held);
        await scene.ApproveAsync(merged.Number, "bob");
        await ShowsAsync(scene, gateway, merged.Head, ShownVerdict.Allowed);
        await ShowsAsync(scene, gateway, moved.Head, ShownVerdict.Held);
        await ShowsAsync(scene, gateway, approved.Head, ShownVerdict.Held);
        await gateway.IdleAsync();

        gateway.Kill();
        var newHead = await scene.PushAsync("alice", "moved", ("note.txt", "another head"));
        await scene.ApproveAsync(approved.Number, "bob");
        var commit = await scene.MergeAsync(merged.Number, "alice", MergeKind.Squash);
        List<(long Number, string Head)> newcomers = [];
        for (var number = 0; number < Newcomers; number++) newcomers.Add(await ProposeAsync(scene, $"new-{number}"));
        var lost = scene.Post.Sent.Count(receipt => receipt.Status == 0);
        await gateway.StartAgainAsync();

        await ShowsAsync(scene, gateway, newHead, ShownVerdict.Held);
        await ShowsAsync(scene, gateway, approved.Head, ShownVerdict.Allowed);
        foreach (var (_, head) in newcomers) await ShowsAsync(scene, gateway, head, ShownVerdict.Held);
        await Eventually.TrueAsync(() => receiver.Orders.Count == 1, () => $"the merge was not dispatched:\n{gateway.Printed}");
        await TwoRoundsAsync(gateway);
        await gateway.IdleAsync();

        var events = await EventsAsync(gateway);
        var made = events.Count(one => one.StartsWith("reconciled.", StringComparison.Ordinal));
        // This forge keeps a list of what it sent: it is asked to send again, and only what is still lacking then is made up.
        output.WriteLine($"{lost} webhooks were lost; {made} deliveries were made for them, the others were sent again");
        Assert.InRange(lost, Newcomers, 1000);
        Assert.Equal([commit], receiver.Orders.Values);
        Assert.Equal(1, receiver.Arrived);
        await NothingTwiceAsync(scene, gateway, [moved.Number, approved.Number, merged.Number, .. newcomers.Select(one => one.Number)]);
        Assert.Equal("merged", (await ChangeAsync(gateway, merged.Number)).GetProperty("state").GetString());
        Assert.DoesNotContain("change.unmanaged", await gateway.EntryTypesAsync());
        Assert.Contains("reconciliation.completed", await gateway.EntryTypesAsync());
        Assert.True(await gateway.VerifiesAsync());
    }

    [Fact]
    public async Task A_gate_that_was_away_for_long_catches_up_with_a_log_full_of_failed_deliveries_and_does_nothing_twice()
    {
        // By the forge's clock all this lies many minutes behind the gate's next start.
        var clock = new ShiftedClock { Shift = TimeSpan.FromMinutes(-9.5) };
        await using var receiver = await OrderReceiver.StartAsync();
        await using var scene = await GitHubScene.StartAsync(clock);
        await using var gateway = await StartAsync(scene, receiver);
        var change = await ProposeAsync(scene, "long-away");
        var other = await ProposeAsync(scene, "also-away");
        await ShowsAsync(scene, gateway, change.Head, ShownVerdict.Held);
        await ShowsAsync(scene, gateway, other.Head, ShownVerdict.Held);
        await gateway.IdleAsync();
        var ruled = await RulingsAsync(gateway);

        gateway.Kill();
        clock.Shift = TimeSpan.FromMinutes(-9);
        for (var run = 0; run < Noise; run++) await scene.PostStatusAsync("ci[bot]", other.Head, "also-away", $"ci-{run % 7}", isGreen: run % 2 == 0);
        await scene.ApproveAsync(change.Number, "bob");
        var moved = await scene.PushAsync("alice", "also-away", ("note.txt", "another head"));
        for (var run = 0; run < Noise; run++) await scene.CommentAsync(other.Number, "carol", $"still building, {run}");
        var lost = scene.Post.Sent.Count(receipt => receipt.Status == 0);
        clock.Shift = TimeSpan.Zero;
        await gateway.StartAgainAsync();

        await ShowsAsync(scene, gateway, change.Head, ShownVerdict.Allowed);
        await ShowsAsync(scene, gateway, moved, ShownVerdict.Held);
        await Eventually.TrueAsync(
            async () => (await MissedAsync(scene, gateway)).Count == 0, () => $"deliveries are missing still:\n{gateway.Printed}", TimeSpan.FromSeconds(120));
        await TwoRoundsAsync(gateway);
        await gateway.IdleAsync();
        output.WriteLine($"{lost} webhooks were lost; {await RulingsAsync(gateway) - ruled} further rulings");
        Assert.InRange(lost, 2 * Noise, 10 * Noise);
        await NothingTwiceAsync(scene, gateway, [change.Number, other.Number]);
        // Many deliveries of one change are one look at it: far fewer rulings than deliveries.
        Assert.InRange(await RulingsAsync(gateway) - ruled, 2, lost / 3);
        Assert.Empty(receiver.Orders);
        Assert.True(await gateway.VerifiesAsync());
    }

    [Fact]
    public async Task Webhooks_that_get_lost_while_the_gate_runs_are_made_up_for_and_come_late_without_harm()
    {
        await using var receiver = await OrderReceiver.StartAsync();
        await using var scene = await ForgeScene.StartAsync("github");
        await using var gateway = await StartAsync(scene, receiver);
        scene.Post.Hold();
        var change = await ProposeAsync(scene, "quiet");
        await ShowsAsync(scene, gateway, change.Head, ShownVerdict.Held);
        await scene.ApproveAsync(change.Number, "bob");
        await ShowsAsync(scene, gateway, change.Head, ShownVerdict.Allowed);
        var commit = await scene.MergeAsync(change.Number, "alice", MergeKind.Merge);
        await Eventually.TrueAsync(() => receiver.Orders.Count == 1, () => $"the merge was not dispatched:\n{gateway.Printed}");
        await scene.Post.ReleaseAsync(newestFirst: true);
        await TwoRoundsAsync(gateway);
        await gateway.IdleAsync();
        Assert.Equal([commit], receiver.Orders.Values);
        Assert.Equal(1, receiver.Arrived);
        await NothingTwiceAsync(scene, gateway, [change.Number]);
    }

    [Fact]
    public async Task A_push_past_the_gate_that_no_webhook_told_of_is_found_and_written_down_once()
    {
        await using var receiver = await OrderReceiver.StartAsync();
        await using var scene = await ForgeScene.StartAsync("github");
        await using var gateway = await StartAsync(scene, receiver);
        gateway.Kill();
        var tip = await scene.PushAsync("mallory", "main", ("site/index.html", Manifests.Page("smuggled")));
        await gateway.StartAgainAsync();
        await Eventually.TrueAsync(
            async () => (await gateway.EntryTypesAsync()).Contains("change.unmanaged"), () => $"it was not found:\n{gateway.Printed}");
        await TwoRoundsAsync(gateway);
        await gateway.IdleAsync();
        Assert.Single(await gateway.EntryTypesAsync(), type => type == "change.unmanaged");
        var held = Assert.Single((await gateway.GetAsync("branches/held")).GetProperty("items").EnumerateArray());
        Assert.Equal(tip, held.GetProperty("tip").GetString());
        Assert.Equal(0, receiver.Arrived);
    }

    [Fact]
    public async Task A_hook_that_was_switched_off_is_switched_on_again()
    {
        await using var receiver = await OrderReceiver.StartAsync();
        await using var scene = await ForgeScene.StartAsync("github");
        await using var gateway = await StartAsync(scene, receiver);
        using var http = new HttpClient(new SocketsHttpHandler());
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", scene.Token);
        http.DefaultRequestHeaders.UserAgent.ParseAdd("somebody");
        var hooks = $"{scene.ApiUrl}/repos/{ForgeScene.Repository}/hooks";
        var id = (await HooksAsync())[0].GetProperty("id").GetInt64();
        using var answer = await http.PatchAsJsonAsync($"{hooks}/{id}", new { active = false }, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        await Eventually.TrueAsync(
            async () => (await HooksAsync())[0].GetProperty("active").GetBoolean(), () => $"it stayed off:\n{gateway.Printed}");
        var change = await ProposeAsync(scene, "heard");
        await ShowsAsync(scene, gateway, change.Head, ShownVerdict.Held);
        Assert.Equal(1, scene.Hooks);
        var repairs = (await gateway.EntriesAsync()).Where(entry => entry.GetProperty("type").GetString() == "config.changed"
            && entry.GetRawText().Contains("the forge does not send to it", StringComparison.Ordinal));
        Assert.Equal(["pending", "success"], repairs.Select(entry => entry.GetProperty("outcome").GetString()));

        async Task<JsonElement[]> HooksAsync() =>
            [.. (await http.GetFromJsonAsync<JsonElement>(hooks, TestContext.Current.CancellationToken)).EnumerateArray()];
    }

    /// <summary>A gateway that has compared its repository once: it knows where the branches stand.</summary>
    private static async Task<Gateway> StartAsync(ForgeScene scene, OrderReceiver receiver)
    {
        await scene.PushAsync("alice", "main", (".gitopsgate.yaml", Manifests.Rules), ("site/index.html", Manifests.Page("0")));
        var gateway = await Gateway.StartAsync(scene, "[receiver]", $"""
              - name: receiver
                kind: webhook
                url: {receiver.Url}
                allowPrivate: true
                repeatIsSafe: true
                secret: env:E2E_ORDER_SECRET
            """, reconcile: Every);
        await gateway.ConnectAsync();
        await Eventually.TrueAsync(async () => await ComparedAtAsync(gateway) is not null, () => $"nothing was compared:\n{gateway.Printed}");
        return gateway;
    }

    private static async Task<(long Number, string Head)> ProposeAsync(ForgeScene scene, string branch)
    {
        var head = await scene.PushAsync("alice", branch, ("site/index.html", Manifests.Page(branch)));
        return (await scene.OpenAsync("alice", branch, $"Change {branch}"), head);
    }

    private static Task ShowsAsync(ForgeScene scene, Gateway gateway, string commit, ShownVerdict verdict) => Eventually.TrueAsync(
        () => scene.Shown(commit) == verdict, () => $"the status of {commit[..12]} is {scene.Shown(commit)}, not {verdict}:\n{gateway.Printed}",
        TimeSpan.FromSeconds(60));

    /// <summary>Waits until everything was compared twice more.</summary>
    private static async Task TwoRoundsAsync(Gateway gateway)
    {
        for (var round = 0; round < 2; round++)
        {
            var before = await ComparedAtAsync(gateway);
            await Eventually.TrueAsync(
                async () => await ComparedAtAsync(gateway) != before, () => $"no further round:\n{gateway.Printed}", TimeSpan.FromSeconds(60));
        }
    }

    private static async Task<DateTimeOffset?> ComparedAtAsync(Gateway gateway)
    {
        var rounds = (await gateway.GetAsync("connections/forge/reconciliation")).GetProperty("items").EnumerateArray().ToList();
        return rounds.Count == 1 && rounds[0].GetProperty("comparedAt") is { ValueKind: JsonValueKind.String } at ? at.GetDateTimeOffset() : null;
    }

    private static async Task<List<string>> EventsAsync(Gateway gateway) =>
    [
        .. (await gateway.GetAsync("deliveries?limit=500")).GetProperty("items").EnumerateArray()
            .Select(item => item.GetProperty("event").GetString()!),
    ];

    private static async Task<int> RulingsAsync(Gateway gateway) =>
        (await gateway.EntryTypesAsync()).Count(type => type == "decision.evaluated");

    /// <summary>The deliveries that could not be sent and are not in the inbox by now.</summary>
    private static async Task<HashSet<string>> MissedAsync(ForgeScene scene, Gateway gateway)
    {
        var missing = scene.Post.Sent.Where(receipt => receipt.Status == 0).Select(receipt => receipt.Call.Headers["X-GitHub-Delivery"])
            .ToHashSet(StringComparer.Ordinal);
        for (string? after = ""; after is not null;)
        {
            var page = await gateway.GetAsync($"deliveries?limit=500&after={Uri.EscapeDataString(after)}");
            missing.ExceptWith(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("forgeId").GetString()!));
            after = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }

        return missing;
    }

    private static Task<JsonElement> ChangeAsync(Gateway gateway, long number) =>
        gateway.GetAsync($"changes/forge/{number}?repository={ForgeScene.Repository}");

    /// <summary>One status for each verdict of a head, one comment on each change request, and no delivery that was given up.</summary>
    private static async Task NothingTwiceAsync(ForgeScene scene, Gateway gateway, IEnumerable<long> numbers)
    {
        var statuses = scene.Journal.Entries
            .Where(entry => entry.Method == "POST" && entry.Path.Contains("/statuses/", StringComparison.Ordinal))
            .GroupBy(entry => (entry.Path, State: JsonElement.Parse(entry.Body).GetProperty("state").GetString()));
        Assert.All(statuses, same => Assert.Single(same));
        Assert.All(numbers, number => Assert.Single(scene.Comments(number)));
        var status = await gateway.GetAsync("status");
        foreach (var kind in (string[])["deliveries", "obligations"]) Assert.Equal(0, status.GetProperty(kind).GetProperty("dead").GetInt64());
    }
}
