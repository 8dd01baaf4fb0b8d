using System.Net;
using GitOpsGate.Audit.Mirrors;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>The log of a running gateway by its own addresses, with a viewer's token.</summary>
internal sealed class GatewayLogSource(StoredGateway gate, string log) : ILogSource
{
    public async Task<byte[]?> ReadAsync(string address, int most, CancellationToken cancellation)
    {
        using var answer = await gate.GetAsync($"{log}/{address}", gate.Token);
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        Assert.True(answer.IsSuccessStatusCode, $"{address}: {answer.StatusCode}");
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
        Assert.InRange(bytes.Length, 0, most);
        return bytes;
    }
}
