using System.Text;
using System.Text.Json.Nodes;
using GitOpsGate.EndToEnd.Scenes;
using GitOpsGate.Fakes;
using Xunit;

namespace GitOpsGate.EndToEnd;

/// <summary>Bad input through the real door: each gets its status code, and none has an effect.</summary>
public class DoorTests
{
    private const int TooMany = 26 * 1024 * 1024;

    public static TheoryData<string> Forges => ["github", "gitlab", "bitbucket-cloud", "bitbucket-datacenter", "gitea", "azuredevops"];

    [Theory]
    [MemberData(nameof(Forges))]
    public async Task What_no_forge_said_has_its_status_code_and_no_effect(string forge)
    {
        await using var stage = await Stage.SetAsync(forge);
        var (_, head) = await stage.ProposeAsync([("deploy/web.yaml", Manifests.Decent)]);
        await stage.ShowsAsync(head, ShownVerdict.Held);
        await stage.IdleAsync();
        var genuine = stage.Scene.Post.Sent.First(receipt => receipt.Status == 202 && IsOpening(receipt.Call.Event)).Call;
        var before = await EffectsAsync(stage);
        var known = await DeliveriesAsync(stage);

        foreach (var (what, call, status) in Refused(genuine))
        {
            var receipt = await stage.Scene.Post.SendAsync(call);
            Assert.True(receipt.Status == status, $"{what}: {receipt.Status}, not {status}");
        }

        Assert.Equal(413, await SendInChunksAsync(genuine));
        Assert.Equal(known.Count, (await DeliveriesAsync(stage)).Count);

        foreach (var (what, call, state) in SetAside(genuine))
        {
            var receipt = await stage.Scene.Post.SendAsync(call);
            Assert.True(receipt.Status == 202, $"{what}: {receipt.Status}, not 202");
            await stage.IdleAsync();
            Assert.True((await DeliveriesAsync(stage))[what] == state, $"{what}: {(await DeliveriesAsync(stage))[what]}, not {state}");
        }

        Assert.Equal(202, (await stage.Scene.Post.SendAsync(genuine)).Status);
        await stage.IdleAsync();
        Assert.Equal(known.Count + SetAside(genuine).Count(), (await DeliveriesAsync(stage)).Count);
        Assert.Equal(before, await EffectsAsync(stage));
        Assert.True(await stage.Gateway.VerifiesAsync());
    }

    private static IEnumerable<(string What, HookCall Call, int Status)> Refused(HookCall genuine)
    {
        yield return ("no signature", genuine.WithBody(genuine.Body, "no-signature").WithoutProof(), 401);
        yield return ("a wrong signature", genuine.WithBody(genuine.Body, "wrong-signature").WithWrongProof(), 401);
        yield return ("an unknown connection", genuine with { Url = genuine.Url + "-of-nobody" }, 404);
        yield return ("a form", genuine.WithBody(genuine.Body, "form") with { Headers = AsForm(genuine) }, 400);
        yield return ("26 MB", genuine.WithBody(new byte[TooMany], "large").Signed(), 413);
        foreach (var nameless in Nameless(genuine)) yield return (nameless.What, nameless.Call, 400);
        if (!genuine.ProvesBody()) yield break;
        yield return ("half a body", genuine.WithBody(genuine.Body[..(genuine.Body.Length / 2)], "half"), 401);
        for (var at = 0; at < genuine.Body.Length; at += genuine.Body.Length / 7)
        {
            var flipped = (byte[])genuine.Body.Clone();
            flipped[at] ^= 0x10;
            yield return ($"bit 4 of byte {at}", genuine.WithBody(flipped, $"flipped-{at}"), 401);
        }
    }

    /// <summary>What cannot be told from other deliveries. Where the body names the delivery, nonsense is nameless.</summary>
    private static IEnumerable<(string What, HookCall Call)> Nameless(HookCall genuine)
    {
        if (!genuine.IsNamedInBody()) return [("no event", genuine.WithBody(genuine.Body, "no-event").WithoutEvent())];
        var body = JsonNode.Parse(genuine.Body)!.AsObject();
        body.Remove("eventType");
        return [("no event", genuine with { Body = Bytes(body) }), .. Nonsense(genuine).Select(said => (said.What, genuine with { Body = said.Body }))];
    }

    /// <summary>What a forge with the right secret might say, by its delivery id, and what becomes of it.</summary>
    private static IEnumerable<(string Id, HookCall Call, string State)> SetAside(HookCall genuine)
    {
        const string Unheard = "unheard_of";
        if (genuine.IsNamedInBody())
        {
            var body = JsonNode.Parse(genuine.Body)!.AsObject();
            (body["eventType"], body["id"]) = (Unheard, Unheard);
            return [($"{body["subscriptionId"]}/{Unheard}", genuine with { Body = Bytes(body) }, "ignored")];
        }

        // GitLab and Bitbucket Data Center name the event in the body too, and are read there.
        var unheard = Encoding.UTF8.GetString(genuine.Body)
            .Replace("\"merge_request\"", $"\"{Unheard}\"", StringComparison.Ordinal)
            .Replace("\"pr:opened\"", $"\"{Unheard}\"", StringComparison.Ordinal);
        return
        [
            .. Nonsense(genuine).Select(said => (said.What, genuine.WithBody(said.Body, said.What).Signed(), "unreadable")),
            (Unheard, genuine.WithBody(Encoding.UTF8.GetBytes(unheard), Unheard).WithEvent(Unheard).Signed(), "ignored"),
        ];
    }

    private static IEnumerable<(string What, byte[] Body)> Nonsense(HookCall genuine)
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 100_000)) + "1" + new string('}', 100_000);
        yield return ("half", genuine.Body[..(genuine.Body.Length / 2)]);
        yield return ("deep", Encoding.UTF8.GetBytes(deep));
        yield return ("not-utf-8", [.. "{\"action\":\""u8, 0xff, 0xfe, .. "\"}"u8]);
        yield return ("twice", "{\"action\":\"opened\",\"action\":\"closed\"}"u8.ToArray());
        yield return ("list", "[]"u8.ToArray());
        yield return ("empty", []);
    }

    private static byte[] Bytes(JsonNode body) => Encoding.UTF8.GetBytes(body.ToJsonString());

    private static Dictionary<string, string> AsForm(HookCall genuine) =>
        new(genuine.Headers) { ["Content-Type"] = "application/x-www-form-urlencoded" };

    private static bool IsOpening(string name) =>
        name is "pull_request" or "Merge Request Hook" or "pullrequest:created"
        or "pr:opened" or "git.pullrequest.created";

    private static async Task<int> SendInChunksAsync(HookCall genuine)
    {
        using var client = new HttpClient(new SocketsHttpHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, genuine.Url) { Content = new ByteArrayContent(new byte[TooMany]) };
        foreach (var (name, value) in genuine.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        request.Headers.TransferEncodingChunked = true;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    /// <summary>All that a delivery may lead to, as text.</summary>
    private static async Task<string> EffectsAsync(Stage stage)
    {
        var calls = stage.Scene.Journal.Entries.Count(
            entry => entry.Method is not ("GET" or "HEAD") && !entry.Path.Contains("upload-pack", StringComparison.Ordinal));
        var (changes, obligations) = (await stage.Gateway.GetAsync("changes?limit=500"), await stage.Gateway.GetAsync("obligations?limit=500"));
        return $"{calls} calls\n{changes.GetRawText()}\n{obligations.GetRawText()}\n{stage.Gateway.Page()}";
    }

    /// <summary>The state of each delivery by its forge's id.</summary>
    private static async Task<Dictionary<string, string>> DeliveriesAsync(Stage stage) =>
        (await stage.Gateway.GetAsync("deliveries?limit=500")).GetProperty("items").EnumerateArray()
            .ToDictionary(item => item.GetProperty("forgeId").GetString()!, item => item.GetProperty("state").GetString()!);
}
