using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Finds in GitHub's log of a webhook what did not arrive, and has it sent again. GitHub never tries a second time by itself, and keeps the
/// log for three days (Enterprise Server: seven).
/// </summary>
internal sealed class GitHubDeliveries(GitHubClient client)
{
    private const int MissedLimit = 1_000;
    private const int AttemptLimit = 10_000;
    private const int LongestReason = 200;

    /// <summary>Deliveries of which no attempt was answered with success, oldest first.</summary>
    /// <param name="hooks">The hooks whose logs are read.</param>
    public async Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, IEnumerable<string> hooks, DateTimeOffset since, CancellationToken cancellation)
    {
        var link = client.Open(connection);
        var missed = new List<MissedDelivery>();
        foreach (var hook in hooks)
        {
            var log = $"{GitHubClient.PathOf(repository)}/hooks/{ForgeLink.Safe(hook)}/deliveries?per_page=100";
            missed.AddRange(await MissedOfAsync(link, log, hook, since, cancellation));
        }

        return [.. missed.OrderBy(one => one.At).Take(MissedLimit)];
    }

    /// <summary>Asks for another attempt.</summary>
    public Task RedeliverAsync(
        Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation)
    {
        var delivery = $"hooks/{ForgeLink.Safe(missed.HookId)}/deliveries/{ForgeLink.Safe(missed.Handle)}";
        var path = $"{GitHubClient.PathOf(repository)}/{delivery}/attempts";
        return client.Open(connection).SendAsync(HttpMethod.Post, path, null, cancellation);
    }

    // The log has the newest attempt first, so stopping early leaves out what is older and nothing else.
    private static async Task<IEnumerable<MissedDelivery>> MissedOfAsync(
        ForgeLink link, string log, string hook, DateTimeOffset since, CancellationToken cancellation)
    {
        var arrived = new HashSet<string>(StringComparer.Ordinal);
        var (missed, read) = (new Dictionary<string, MissedDelivery>(StringComparer.Ordinal), 0);
        await foreach (var attempt in link.EachAsync(log, null, cancellation))
        {
            if (attempt.Time("delivered_at") is not { } at || at < since || ++read > AttemptLimit) break;
            // A ping carries nothing that anybody could miss.
            if (attempt.Text("event") == "ping") continue;
            var delivery = attempt.Text("guid");
            if (attempt.Text("status") == "OK")
            {
                arrived.Add(delivery);
                missed.Remove(delivery);
                continue;
            }

            if (arrived.Contains(delivery)) continue;
            missed.TryAdd(delivery, new MissedDelivery(hook, attempt.Id("id"), delivery, attempt.Text("event"), at, WhyOf(attempt)));
            if (missed.Count == MissedLimit) break;
        }

        return missed.Values;
    }

    private static string WhyOf(JsonElement attempt)
    {
        var (status, code) = (OneLine.Of(attempt.Text("status"), LongestReason), attempt.Number("status_code") ?? 0);
        if (status.Length == 0) status = "GitHub does not say why";
        return code > 0 && !status.Contains($"{code}", StringComparison.Ordinal) ? $"{status} ({code})" : status;
    }
}
