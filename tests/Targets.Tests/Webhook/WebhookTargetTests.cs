using System.Text.Json.Nodes;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Targets.Tests.Webhook;

public sealed class WebhookTargetTests : TargetContract
{
    protected override async Task<ITargetRig> StartAsync() => await WebhookRig.StartAsync();

    [Fact]
    public async Task The_receiver_gets_a_signed_cloud_event_with_the_warrant_inside()
    {
        await using var rig = await WebhookRig.StartAsync();

        await SendAsync(rig);

        var (headers, body) = Assert.Single(rig.Received);
        Assert.Equal(Order().Id, headers["webhook-id"]);
        Assert.True(WebhookRig.IsSigned(headers, body));
        var data = JsonNode.Parse(body)!;
        Assert.Equal(("1.0", Order().Id, "dev.gitops-gate.deployment.requested.v1"), ((string)data["specversion"]!, (string)data["id"]!, (string)data["type"]!));
        Assert.Equal("https://gate.example.org", (string)data["source"]!);
        var warrant = new Warrant(System.Text.Encoding.UTF8.GetBytes(data["data"]!["attestation"]!.ToJsonString()));
        Assert.IsType<WarrantCheck.Good>(WarrantVerifier.Check(warrant, Sample.PublicKey));
    }

    [Theory]
    [InlineData(200, null, typeof(Receipt.Accepted))]
    [InlineData(202, null, typeof(Receipt.Accepted))]
    [InlineData(302, null, typeof(Receipt.Refused))]
    [InlineData(400, null, typeof(Receipt.Refused))]
    [InlineData(409, null, typeof(Receipt.Refused))]
    [InlineData(410, null, typeof(Receipt.Refused))]
    [InlineData(408, null, typeof(Receipt.NotYet))]
    [InlineData(429, "7", typeof(Receipt.NotYet))]
    [InlineData(503, "7", typeof(Receipt.NotYet))]
    [InlineData(503, null, typeof(Receipt.Unclear))]
    [InlineData(500, null, typeof(Receipt.Unclear))]
    public async Task Each_status_means_one_thing(int status, string? retryAfter, Type receipt)
    {
        await using var rig = await WebhookRig.StartAsync();
        (rig.Status, rig.RetryAfter) = (status, retryAfter);

        var given = await SendAsync(rig);

        Assert.IsType(receipt, given);
        if (retryAfter is not null) Assert.Equal(TimeSpan.FromSeconds(7), ((Receipt.NotYet)given).RetryAfter);
    }

    [Fact]
    public async Task A_receiver_that_never_answers_is_unclear_after_fifteen_seconds()
    {
        var clock = new ManualTimeProvider();
        await using var rig = await WebhookRig.StartAsync(clock);
        rig.Hang();

        var sending = SendAsync(rig);
        await rig.Reached.WaitAsync(Token);
        clock.Advance(TimeSpan.FromSeconds(15));

        Assert.Contains("15 seconds", Assert.IsType<Receipt.Unclear>(await sending).Why);
    }

    [Theory]
    [InlineData("https://127.0.0.1:9/")]
    [InlineData("https://localhost:9/")]
    [InlineData("https://[::1]:9/")]
    [InlineData("https://[::ffff:10.0.0.1]:9/")]
    [InlineData("https://169.254.169.254/")]
    public async Task Private_addresses_are_not_called(string url)
    {
        var target = TargetRegistration.Make(
            Sample.Source("webhook", [("url", url)], ("secret", WebhookRig.Secret)), Sample.Tools(new MemoryMirror()));

        var receipt = await target.SendAsync(Order(), Sample.Warrant, Token);

        Assert.Contains("private", Assert.IsType<Receipt.Refused>(receipt).Why);
    }

    [Fact]
    public async Task Without_a_status_address_a_lost_order_is_for_people_unless_repeating_is_safe()
    {
        var careful = Make([("url", "https://example.org/")]);
        var safe = Make([("url", "https://example.org/"), ("repeatIsSafe", "true")]);

        Assert.IsType<Receipt.Unclear>(await careful.FindAsync(Order(), Token));
        Assert.IsType<Receipt.NotYet>(await safe.FindAsync(Order(), Token));

        static ITarget Make((string, string)[] settings) => TargetRegistration.Make(
            Sample.Source("webhook", settings, ("secret", WebhookRig.Secret)), Sample.Tools(new MemoryMirror()));
    }

    [Fact]
    public async Task A_bare_404_does_not_prove_that_the_order_is_absent()
    {
        await using var rig = await WebhookRig.StartAsync();
        rig.HidesIds = true;

        Assert.IsType<Receipt.Unclear>(await rig.Target.FindAsync(Order(), Token));
    }

    [Fact]
    public void Wrong_settings_are_told()
    {
        Assert.Equal(
            [
                "target `site` has `url: http://example.org`; it must be `https`, or set `allowPrivate: true`",
                "target `site` has a `statusUrl` without `{id}`, which stands for the order's id",
                "target `site` needs the secret `secret`: `whsec_` and 24 to 64 bytes in base64, or as many characters of text",
            ],
            TargetRegistration.Check(Sample.Source("webhook", [("url", "http://example.org"), ("statusUrl", "https://example.org")])));
        Assert.Equal(
            ["target `site` has a secret `secret` that is not `whsec_` and 24 to 64 bytes in base64, or as many characters of text"],
            TargetRegistration.Check(Sample.Source("webhook", [("url", "https://example.org")], ("secret", "whsec_short"))));
    }
}
