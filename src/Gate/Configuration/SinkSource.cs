using GitOpsGate.Exports.Views;

namespace GitOpsGate.Configuration;

/// <summary>How a sink is reached.</summary>
public enum SinkKind
{
    /// <summary>POST, signed by Standard Webhooks.</summary>
    Https,

    /// <summary>RFC 5424 over TCP (RFC 6587, octets counted) or TLS (RFC 5425).</summary>
    Syslog,

    /// <summary>OpenTelemetry's logs over HTTP, in JSON.</summary>
    Otlp,

    /// <summary>Files in a folder.</summary>
    Files,

    /// <summary>Objects of a bucket that speaks S3's API.</summary>
    S3,
}

/// <summary>A sink of <c>gate.yaml</c>: where the audit log's entries are copied to.</summary>
public sealed record SinkSource
{
    public required string Name { get; init; }

    public required SinkKind Kind { get; init; }

    /// <summary>In which form the entries go there.</summary>
    public EntryView View { get; init; } = EntryView.Jsonl;

    /// <summary>
    /// <c>https://…</c>; for syslog <c>tls://host:6514</c> or <c>tcp://host:601</c>; for S3 with the bucket, and a folder in it where one is
    /// meant. Null for files.
    /// </summary>
    public Uri? Address { get; init; }

    /// <summary>The folder of files, absolute; null for all others.</summary>
    public string? Folder { get; init; }

    /// <summary>What signs (https, S3) or is shown as a bearer token (OTLP), or null.</summary>
    public Secret? Secret { get; init; }

    /// <summary>S3's name of the key that <see cref="Secret"/> belongs to.</summary>
    public string AccessKey { get; init; } = "";

    /// <summary>S3's region.</summary>
    public string Region { get; init; } = "";

    /// <summary>A PEM file of authorities that a syslog server's certificate must be of, absolute; null for those of the system.</summary>
    public string? Authorities { get; init; }

    /// <summary>Whether it may have a private or loopback address, and may be reached without TLS.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Where it leads, for people: never a secret.</summary>
    public string Where => Address?.GetLeftPart(UriPartial.Path) ?? Folder ?? "";
}
