using System.Text;
using GitOpsGate.Forges.AzureDevOps;
using GitOpsGate.Ports;
using Xunit;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>A delivery is named by its body.</summary>
public sealed class AzureDevOpsLabelTests
{
    private readonly IForge _forge = Rooms.Forge(AzureDevOpsForge.ForgeName);

    [Theory]
    [InlineData("""{"subscriptionId":"s","id":"e","eventType":"git.push"}""", "s/e")]
    [InlineData("""{"subscriptionId":null,"id":"e","eventType":"git.push","more":{"id":"other"}}""", "e")]
    [InlineData("""{"id":7,"eventType":"git.push"}""", "7")]
    public void The_subscription_and_the_event_name_it(string body, string id) => Assert.Equal(new DeliveryLabel(id, "git.push"), Label(body));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("nothing at all")]
    [InlineData("""{"subscriptionId":"s","eventType":"git.push"}""")]
    [InlineData("""{"subscriptionId":"s","id":"e"}""")]
    [InlineData("""{"subscriptionId":"s","id":"","eventType":"git.push"}""")]
    [InlineData("""{"subscriptionId":"s","id":{},"eventType":"git.push"}""")]
    [InlineData("""{"subscriptionId":"s","id":"e","id":"f","eventType":"git.push"}""")]
    [InlineData("""{"subscriptionId":"s","id":"e\u0000","eventType":"git.push"}""")]
    [InlineData("""{"subscriptionId":"s","id":"e","eventType":"git push"}""")]
    [InlineData("""{"subscriptionId":"s\n","id":"e","eventType":"git.push"}""")]
    [InlineData("""{"subscriptionId":"s","id":"\ud800","eventType":"git.push"}""")]
    public void What_names_none_is_malformed(string body) => Assert.Null(Label(body));

    [Fact]
    public void A_name_longer_than_any_that_is_sent_is_malformed()
    {
        Assert.NotNull(Label($$"""{"subscriptionId":"s","id":"{{new string('e', 128)}}","eventType":"git.push"}"""));
        Assert.Null(Label($$"""{"subscriptionId":"s","id":"{{new string('e', 129)}}","eventType":"git.push"}"""));
    }

    [Fact]
    public void Broken_bytes_never_throw()
    {
        var whole = """{"subscriptionId":"s","id":"e","eventType":"git.push"}"""u8.ToArray();
        for (var at = 0; at < whole.Length; at++)
        {
            var broken = whole.ToArray();
            broken[at] = 0xFF;
            Assert.Null(_forge.LabelWithin(broken));
            Assert.Null(_forge.LabelWithin(whole.AsSpan(0, at)));
        }
    }

    private DeliveryLabel? Label(string body) => _forge.LabelWithin(Encoding.UTF8.GetBytes(body));
}
