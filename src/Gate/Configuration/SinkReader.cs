using System.Collections.Immutable;
using GitOpsGate.Exports.Views;

namespace GitOpsGate.Configuration;

/// <summary>Reads <c>audit: sinks:</c> of <c>gate.yaml</c>.</summary>
/// <param name="secret">Gives the secret under a key, or null with a problem.</param>
/// <param name="path">Makes a path absolute.</param>
internal sealed class SinkReader(Func<Fields, string, Secret?> secret, Func<string, string> path)
{
    private static readonly ImmutableArray<(string Word, SinkKind Meaning)> Kinds =
    [
        ("https", SinkKind.Https), ("syslog", SinkKind.Syslog), ("otlp", SinkKind.Otlp), ("files", SinkKind.Files), ("s3", SinkKind.S3),
    ];

    public ImmutableArray<SinkSource> Read(Fields audit)
    {
        var sinks = audit.Each("sinks").Select(One).ToImmutableArray();
        foreach (var twice in sinks.Where(sink => sink.Name.Length > 0).GroupBy(sink => sink.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            audit.Refuse(audit.LineOf("sinks"), $"sink `{twice.Key}` stands twice; each has its own place in the log, so give each its own name");
        return sinks;
    }

    private SinkSource One(Fields fields)
    {
        var name = RuleFileReader.Name(fields, "siem");
        fields.Needed("kind", "https");
        var kind = fields.Choice("kind", SinkKind.Https, [.. Kinds]);
        var sink = new SinkSource
        {
            Name = name,
            Kind = kind,
            View = View(fields, kind),
            AllowPrivate = kind != SinkKind.Files && fields.Flag("allowPrivate", false),
        };
        sink = kind == SinkKind.Files
            ? sink with { Folder = path(fields.Needed("folder", "/srv/audit")) }
            : sink with { Address = Address(fields, kind, sink.AllowPrivate) };
        if (kind == SinkKind.Syslog && fields.Text("authorities") is { } authorities) sink = sink with { Authorities = Existing(fields, path(authorities)) };
        if (kind is SinkKind.Https or SinkKind.Otlp or SinkKind.S3) sink = sink with { Secret = secret(fields, "secret") };
        if (kind == SinkKind.S3) sink = sink with { AccessKey = fields.Needed("accessKey", "AKIA…"), Region = fields.Needed("region", "eu-central-1") };
        if (kind is SinkKind.Https or SinkKind.S3) fields.Needed("secret", "env:SINK_SECRET");
        fields.Done();
        return sink;
    }

    // A sink whose form is not known sends nothing until it is put right: the file is refused.
    private static EntryView View(Fields fields, SinkKind kind)
    {
        var fitting = EntryView.All.Where(view => view.StandsAlone || kind is not (SinkKind.Syslog or SinkKind.Otlp));
        return fields.Choice("view", EntryView.Jsonl, [.. fitting.Select(view => (view.Name, view))]);
    }

    private static Uri Address(Fields fields, SinkKind kind, bool allowPrivate)
    {
        var example = kind switch
        {
            SinkKind.Https => "https://siem.example.org/audit",
            SinkKind.Syslog => "tls://logs.example.org:6514",
            SinkKind.Otlp => "https://otel.example.org:4318/v1/logs",
            SinkKind.S3 => "https://s3.eu-central-1.amazonaws.com/acme-audit",
            SinkKind.Files => "",
        };
        var text = fields.Needed("url", example);
        var (safe, plain) = kind == SinkKind.Syslog ? ("tls", "tcp") : ("https", "http");
        var isAddress = Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == safe || address.Scheme == plain)
            && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0 && address.Host.Length > 0
            && (kind != SinkKind.Syslog || address.Port > 0) && (kind != SinkKind.S3 || address.AbsolutePath.Trim('/').Length > 0);
        if (text.Length > 0 && !isAddress) fields.Refuse(fields.LineOf("url"), $"`url` should be an address such as `{example}`");
        else if (isAddress && address!.Scheme == plain && !allowPrivate)
            fields.Refuse(fields.LineOf("url"), $"`url` should begin with `{safe}://`; `allowPrivate: true` would let it go without TLS, within your own network");
        return isAddress ? address! : new Uri($"{safe}://invalid.invalid:1");
    }

    private static string Existing(Fields fields, string file)
    {
        if (!File.Exists(file)) fields.Refuse(fields.LineOf("authorities"), $"`{file}` is not there; a PEM file of certificates would be right");
        return file;
    }
}
