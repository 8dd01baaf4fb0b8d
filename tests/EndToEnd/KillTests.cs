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
        var chance = new Random(20260102);
        var merged = 0;
        List<string> shown = [];
        for (var round = 1; round <= Rounds; round++)
        {
            var work = LoadAsync(scene, gateway, round, shown);
            var instant = TimeSpan.FromMilliseconds(chance.Next(5, 900));
            await Task.WhenAny(work, Task.Delay(instant, TestContext.Current.CancellationToken));
            gateway.Kill();
            await gateway.StartAgainAsync();
            merged += await work;
        }

        await RestAsync(gateway);
        var types = await gateway.EntryTypesAsync();
        output.WriteLine($"{Rounds} kills, {merged} merges, {receiver.Calls.Count} orders, {types.Count} audit entries");
        Assert.True(await gateway.VerifiesAsync(), gateway.Printed);
        Assert.Equal(merged, receiver.Calls.Count);
        Assert.Equal(merged, types.Count(type => type == "dispatch.accepted"));
        Assert.DoesNotContain("change.unmanaged", types);
        Assert.All(shown, head => Assert.Equal(ShownVerdict.Allowed, scene.Shown(head)));
        var taken = scene.Post.Sent.Where(receipt => receipt.Status == 202).Select(DeliveryId).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(taken.Except(await DoneAsync(gateway), StringComparer.Ordinal));
    }

    /// <summary>One change from its proposal to its merge, with patience for a gate that is away. Forges do not send again, so people push again.</summary>
    private static async Task<int> LoadAsync(ForgeScene scene, Gateway gateway, int round, List<string> shown)
    {
        var branch = $"change-{round}";
        await scene.PushAsync("alice", branch, ("site/index.html", Manifests.Page($"{round}")), ("deploy/web.yaml", Manifests.Decent));
        var number = await scene.OpenAsync("alice", branch, $"Change {round}");
        await ReachesAsync(scene, gateway, number, branch, approve: false);
        var head = await ReachesAsync(scene, gateway, number, branch, approve: true);
        shown.Add(head);
        while (true)
        {
            var sent = scene.Post.Sent.Count;
            await scene.MergeAsync(number, "alice", MergeKind.Squash);
            // A merge whose push was not taken in is the reconciler's business, and counts for nothing here.
            return scene.Post.Sent.Skip(sent).Any(receipt => receipt.Call.Event == "push" && receipt.Status == 202) ? 1 : 0;
        }
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

    private static Task RestAsync(Gateway gateway) => Eventually.TrueAsync(
        async () =>
        {
            var status = await gateway.GetAsync("status");
            return Stage.Open(status, "deliveries", "waiting", "inHand") + Stage.Open(status, "obligations", "waiting", "claimed", "unclear") == 0;
        },
        () => $"the gate did not come to rest:\n{gateway.Printed}");

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
}
