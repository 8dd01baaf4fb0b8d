using GitOpsGate.EndToEnd.Scenes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>Power cuts in the middle of load: what was acknowledged is judged, what was promised arrives, nothing is dispatched twice.</summary>
public class KillTests(ITestOutputHelper output)
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("GITOPSGATE_CHECK") == "all" ? 50 : 4;

    [Fact]
    public async Task A_gate_that_is_killed_at_random_instants_loses_nothing_and_dispatches_nothing_twice()
    {
        await using var receiver = await OrderReceiver.StartAsync();
        await using var scene = await ForgeScene.StartAsync("github");
        await scene.PushAsync("alice", "main", (".gitopsgate.yaml", Manifests.Rules), ("site/index.html", Manifests.Page("0")));
        await using var gateway = await Gateway.StartAsync(scene, "[receiver]", Target(receiver));
        await gateway.ConnectAsync();
        // From here on, what is acknowledged is in the journal first.
        await gateway.MakeBusyAsync();
        var chance = new Random(20260102);
        List<Merge> merges = [];
        for (var round = 1; round <= Rounds; round++)
        {
            var work = LoadAsync(scene, gateway, round);
            var instant = TimeSpan.FromMilliseconds(chance.Next(5, 900));
            await Task.WhenAny(work, Task.Delay(instant, TestContext.Current.CancellationToken));
            gateway.Kill();
            await gateway.StartAgainAsync();
            merges.Add(await work);
        }

        await gateway.IdleAsync();
        var types = await gateway.EntryTypesAsync();
        output.WriteLine($"{Rounds} kills, {receiver.Orders.Count} orders in {receiver.Arrived} calls, {types.Count} audit entries");
        var story = await StoryAsync(gateway);
        output.WriteLine(story);
        Assert.True(await gateway.VerifiesAsync(), gateway.Printed);
        Assert.DoesNotContain("change.unmanaged", types);
        Assert.All(merges, merge => Assert.Equal(ShownVerdict.Allowed, scene.Shown(merge.Head)));

        // Nothing twice: one order for one merge. Nothing lost: an order for each merge whose push was acknowledged, or a newer one; a
        // push that was not acknowledged may have been stored all the same.
        var ordered = receiver.Orders.Values.ToList();
        Assert.Equal(ordered.Count, ordered.Distinct().Count());
        Assert.Empty(ordered.Except(merges.Select(merge => merge.Commit)));
        // A push that was walked after a newer one has no order of its own: the newer order has its content.
        var last = merges.FindLastIndex(merge => ordered.Contains(merge.Commit));
        Assert.Empty(merges.Skip(last + 1).Where(merge => merge.IsTaken).Select(merge => merge.Commit));
        var late = merges.Count(merge => merge.IsTaken && !ordered.Contains(merge.Commit));
        Assert.True(late <= story.Split("told late").Length - 1, $"{late} merges were acknowledged and not ordered");
        Assert.Equal(ordered.Count, types.Count(type => type == "dispatch.accepted"));
        // Each merge that was ordered was attested once, whenever the gateway died over it.
        foreach (var commit in ordered)
        {
            var attested = (await gateway.GetAsync($"attestations?commit={commit}")).GetProperty("items").EnumerateArray();
            Assert.Equal(["provenance", "vsa"], attested.Select(one => one.GetProperty("predicate").GetString()).Order(StringComparer.Ordinal));
        }

        var taken = scene.Post.Sent.Where(receipt => receipt.Status == 202).Select(DeliveryId).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(taken.Except(await DoneAsync(gateway), StringComparer.Ordinal));
    }

    /// <summary>
    /// One change from its proposal to its merge, with patience for a gate that is away. Forges do not send again, so people push again.
    /// </summary>
    private static async Task<Merge> LoadAsync(ForgeScene scene, Gateway gateway, int round)
    {
        var branch = $"change-{round}";
        await scene.PushAsync("alice", branch, ("site/index.html", Manifests.Page($"{round}")), ("deploy/web.yaml", Manifests.Decent));
        var number = await scene.OpenAsync("alice", branch, $"Change {round}");
        await ReachesAsync(scene, gateway, number, branch, approve: false);
        var head = await ReachesAsync(scene, gateway, number, branch, approve: true);
        var sent = scene.Post.Sent.Count;
        var commit = await scene.MergeAsync(number, "alice", MergeKind.Squash);
        var isTaken = scene.Post.Sent.Skip(sent).Any(receipt => receipt.Call.Event == "push" && receipt.Status == 202);
        return new Merge(head, commit, isTaken);
    }

    /// <summary>What became of each push, for a failing test's message.</summary>
    private static async Task<string> StoryAsync(Gateway gateway)
    {
        var page = await gateway.GetAsync("deliveries?limit=500");
        return string.Join('\n', page.GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("event").GetString() == "push").Select(item => item.GetRawText()));
    }

    private static async Task<string> ReachesAsync(ForgeScene scene, Gateway gateway, long number, string branch, bool approve)
    {
        var wanted = approve ? ShownVerdict.Allowed : ShownVerdict.Held;
        for (var attempt = 0; attempt < 40; attempt++)
        {
            var head = await scene.PushAsync("alice", branch, ("note.txt", $"{approve} {attempt}"));
            if (approve) await scene.ApproveAsync(number, "bob");
            var began = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(3))
            {
                if (scene.Shown(head) == wanted) return head;
                await Task.Delay(20);
            }
        }

        throw new TimeoutException($"change {number} never became {wanted}:\n{gateway.Printed}");
    }

    private static string DeliveryId(Fakes.HookReceipt receipt) =>
        receipt.Call.Headers.First(header => header.Key.Equals("X-GitHub-Delivery", StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>The forge's ids of all deliveries that the gate is done with.</summary>
    private static async Task<HashSet<string>> DoneAsync(Gateway gateway)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        for (string? after = ""; after is not null;)
        {
            var page = await gateway.GetAsync($"deliveries?limit=500&after={Uri.EscapeDataString(after)}");
            foreach (var item in page.GetProperty("items").EnumerateArray())
            {
                if (item.GetProperty("state").GetString() is "done" or "ignored") done.Add(item.GetProperty("forgeId").GetString()!);
            }

            after = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }

        return done;
    }

    private static string Target(OrderReceiver receiver) => $"""
          - name: receiver
            kind: webhook
            url: {receiver.Url}
            allowPrivate: true
            repeatIsSafe: true
            secret: env:E2E_ORDER_SECRET
        """;

    /// <param name="Head">The head that was shown as allowed.</param>
    /// <param name="Commit">What the merge made on <c>main</c>.</param>
    /// <param name="IsTaken">Whether the gate acknowledged the push.</param>
    private sealed record Merge(string Head, string Commit, bool IsTaken);
}
