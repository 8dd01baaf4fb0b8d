using System.Collections.Immutable;

namespace GitOpsGate.Targets.Webhook;

/// <summary>The settings of a webhook target.</summary>
/// <param name="Url">Where orders are sent.</param>
/// <param name="StatusUrl">Where it can be asked for an order, with <c>{id}</c> in place of the order's id; or null.</param>
/// <param name="Keys">The signing keys, the newest first.</param>
/// <param name="AllowPrivate">Whether the receiver may have a private or loopback address, and may be reached without TLS.</param>
/// <param name="RepeatIsSafe">Whether the receiver promises to carry out an order once however often it gets it.</param>
internal sealed record WebhookOptions(Uri Url, string? StatusUrl, ImmutableArray<byte[]> Keys, bool AllowPrivate, bool RepeatIsSafe)
{
    public static WebhookOptions Read(TargetSettings settings)
    {
        var allowPrivate = settings.Truth("allowPrivate");
        var given = settings.Required("url", "where orders are sent, for instance `https://deploy.example.org/hook`");
        var url = Address(settings, "url", given, allowPrivate);
        var status = settings.Text("statusUrl");
        if (status is not null)
        {
            if (!status.Contains("{id}", StringComparison.Ordinal))
                settings.Wrong("has a `statusUrl` without `{id}`, which stands for the order's id");
            Address(settings, "statusUrl", status.Replace("{id}", "0", StringComparison.Ordinal), allowPrivate);
        }

        return new WebhookOptions(url, status, Secrets(settings), allowPrivate, settings.Truth("repeatIsSafe"));
    }

    private static Uri Address(TargetSettings settings, string name, string text, bool allowPrivate)
    {
        if (text.Length == 0) return new Uri("https://invalid.invalid");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0)
        {
            settings.Wrong($"has `{name}: {text}`; it must be an `https` address without a user name");
            return new Uri("https://invalid.invalid");
        }

        if (url.Scheme == "http" && !allowPrivate) settings.Wrong($"has `{name}: {text}`; it must be `https`, or set `allowPrivate: true`");
        return url;
    }

    private static ImmutableArray<byte[]> Secrets(TargetSettings settings)
    {
        var keys = ImmutableArray.CreateBuilder<byte[]>();
        foreach (var name in new[] { "secret", "previousSecret" })
        {
            if (settings.Secret(name)?.Reveal() is not { } text)
            {
                if (name == "secret") settings.Wrong($"needs the secret `secret`: {SigningKey.Right}");
                continue;
            }

            var key = SigningKey.Read(text);
            if (key is null) settings.Wrong($"has a secret `{name}` that is not {SigningKey.Right}");
            keys.Add(key ?? []);
        }

        return keys.ToImmutable();
    }
}
