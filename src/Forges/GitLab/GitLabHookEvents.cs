using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// What GitLab noted about its deliveries of the last seven days (from 17.4 on). It does not say when it tried, but for the timestamp that
/// it signs (19.0) and the receiver's own Date: a delivery whose time is not known is named whatever the time.
/// </summary>
internal sealed class GitLabHookEvents(ForgeLink link, GitLabHooks hooks)
{
    private const int Most = 1000;
    private const int LongestWhy = 200;

    /// <summary>The last are those to which no answer came at all; a version that puts them among the server's failures refuses the word.</summary>
    private static readonly ImmutableArray<string> Failures = ["client_failure", "server_failure", "internal error"];

    public async Task<ImmutableArray<MissedDelivery>> MissedAsync(
        RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation)
    {
        var known = await hooks.KnownAsync(repository, hookUrl, cancellation);
        if (known.IsEmpty) return [];
        var missed = new SortedDictionary<long, MissedDelivery>();
        foreach (var failure in Failures)
        {
            var at = $"{EventsOf(repository, known[0].Id("id"))}?status={Uri.EscapeDataString(failure)}&per_page=20";
            await ReadAsync(missed, at, known[0].Id("id"), since, cancellation);
        }

        // The newest matter most where there are more than fit.
        return [.. missed.Values.Skip(Math.Max(0, missed.Count - Most))];
    }

    public Task RedeliverAsync(RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation)
    {
        var at = $"{EventsOf(repository, ForgeLink.Safe(missed.HookId))}/{ForgeLink.Safe(missed.Handle)}/resend";
        return link.SendAsync(HttpMethod.Post, at, null, cancellation);
    }

    private async Task ReadAsync(
        SortedDictionary<long, MissedDelivery> missed, string at, string hook, DateTimeOffset since, CancellationToken cancellation)
    {
        try
        {
            var read = 0;
            await foreach (var noted in link.EachAsync(at, null, cancellation))
            {
                if (Read(noted, hook, since) is { } one) missed.TryAdd(noted.Number("id") ?? 0, one);
                if (++read == Most) return;
            }
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Missing or TroubleKind.Refused)
        {
            // Older versions keep no list, or do not know the word.
        }
    }

    private static MissedDelivery? Read(JsonElement noted, string hook, DateTimeOffset since)
    {
        var status = noted.Id("response_status");
        if (status.StartsWith('2')) return null;
        var headers = noted.Child("request_headers");
        var at = noted.Time("created_at") ?? Header(headers, "webhook-timestamp")?.Time ?? Header(noted.Child("response_headers"), "date")?.Time;
        if (at < since) return null;
        var id = Header(headers, "webhook-id") ?? Header(headers, "idempotency-key") ?? Header(headers, "x-gitlab-event-uuid");
        var name = Header(headers, "x-gitlab-event")?.Text ?? noted.Text("trigger");
        var why = OneLine.Of($"{status}: {noted.Text("response_body")}".TrimEnd(' ', ':'), LongestWhy);
        return new MissedDelivery(hook, noted.Id("id"), id?.Text ?? "", name, at ?? since, why.Length > 0 ? why : "no answer");
    }

    /// <summary>A header's value, whatever the case of its name.</summary>
    private static (string Text, DateTimeOffset? Time)? Header(JsonElement headers, string name)
    {
        if (headers.ValueKind != JsonValueKind.Object) return null;
        foreach (var header in headers.EnumerateObject())
        {
            if (string.Equals(header.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return (headers.Text(header.Name), headers.Time(header.Name));
            }
        }

        return null;
    }

    private static string EventsOf(RepositoryKey repository, string hook) => $"{GitLabClient.Project(repository)}/hooks/{hook}/events";
}
