using System.Text;
using System.Text.Json;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Targets.Tests.Webhook;

/// <summary>A receiver that trusts nobody but the library of Standard Webhooks takes what the webhook target sends.</summary>
public sealed class ForeignReceiverTests
{
    [Fact]
    public async Task What_the_webhook_target_signs_is_taken_by_the_library_of_Standard_Webhooks()
    {
        var why = await ForeignCode.WhyNoNodeAsync("standardwebhooks");
        Assert.SkipWhen(why is not null, why ?? "");
        await using var rig = await WebhookRig.StartAsync(new ManualTimeProvider(TimeProvider.System.GetUtcNow()));

        await TargetContract.SendAsync(rig);

        var (headers, bytes) = Assert.Single(rig.Received);
        var body = Encoding.UTF8.GetString(bytes);
        var other = "whsec_" + Convert.ToBase64String(new byte[32]);
        var told = await ForeignCode.NodeAsync("signatures.mjs", new
        {
            verify = new[]
            {
                new { kind = "standard", secret = WebhookRig.Secret, body, headers },
                new { kind = "standard", secret = WebhookRig.Secret, body = body + " ", headers },
                new { kind = "standard", secret = other, body, headers },
            },
        });
        Assert.Equal([true, false, false], told.GetProperty("verified").Deserialize<bool[]>()!);
    }
}
