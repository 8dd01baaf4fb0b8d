using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace GitOpsGate.WebhookGateway.Intake;

/// <summary>
/// A call's headers as forges look at them: by lower-case name, without a copy. A header that came twice reads as its values
/// divided by
/// commas, so a second signature never matches.
/// </summary>
internal sealed class HeaderView(IHeaderDictionary headers) : IReadOnlyDictionary<string, string>
{
    /// <summary>
    /// What readers may look at later. Everything else is dropped: signatures, tokens, cookies and proxies' notes.
    /// </summary>
    private static readonly ImmutableArray<string> Kept =
    [
        "content-type", "user-agent", "idempotency-key",
        "x-github-event", "x-github-delivery", "x-github-hook-id", "x-github-hook-installation-target-id",
        "x-github-hook-installation-target-type", "x-github-enterprise-version", "x-github-enterprise-host",
        "x-gitlab-event", "x-gitlab-event-uuid", "x-gitlab-instance", "x-gitlab-webhook-uuid",
        "x-event-key", "x-event-time", "x-hook-uuid", "x-request-uuid", "x-request-id", "x-attempt-number",
        "x-gitea-event", "x-gitea-event-type", "x-gitea-delivery", "x-forgejo-event", "x-forgejo-event-type", "x-forgejo-delivery",
        "webhook-id", "webhook-timestamp",
    ];

    public int Count => headers.Count;

    public IEnumerable<string> Keys => headers.Keys.Select(Lower);

    public IEnumerable<string> Values => headers.Values.Select(value => value.ToString());

    public string this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"no header `{key}`");

    public bool ContainsKey(string key) => headers.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        var found = headers.TryGetValue(key, out var values) && values.Count > 0;
        value = found ? values.ToString() : null;
        return found;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        headers.Select(header => KeyValuePair.Create(Lower(header.Key), header.Value.ToString())).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The headers that are stored beside the body.</summary>
    public ImmutableDictionary<string, string> ToKeep()
    {
        var kept = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var name in Kept)
        {
            if (TryGetValue(name, out var value)) kept[name] = value;
        }

        return kept.ToImmutable();
    }

    [SuppressMessage("Globalization", "CA1308", Justification = "the port asks for lower-case names")]
    private static string Lower(string name) => name.ToLowerInvariant();
}
