using System.Text;
using GitOpsGate.Configuration;
using Xunit;

namespace GitOpsGate.Gate.Tests.Configuration;

/// <summary><c>audit: sinks:</c> of gate.yaml: read whole, or refused with the line and what would be right.</summary>
public class SinkReaderTests
{
    [Fact]
    public void Sinks_of_all_kinds_are_read()
    {
        var reading = Read("""
            - {name: siem, kind: https, url: "https://siem.example.org/in", view: cloudevents, secret: env:SECRET}
            - {name: logs, kind: syslog, url: "tls://logs.example.org:6514", view: ocsf}
            - {name: near, kind: syslog, url: "tcp://logs:601", allowPrivate: true}
            - {name: otel, kind: otlp, url: "https://otel.example.org/v1/logs"}
            - {name: disk, kind: files, folder: out, view: csv}
            - {name: vault, kind: s3, url: "https://s3.example.org/acme/log", region: eu-1, accessKey: AK, secret: stored:s3}
            """);
        Assert.Empty(reading.Problems);
        var sinks = reading.Value!.Audit!.Sinks;
        Assert.Equal(["siem", "logs", "near", "otel", "disk", "vault"], sinks.Select(sink => sink.Name));
        Assert.Equal([SinkKind.Https, SinkKind.Syslog, SinkKind.Syslog, SinkKind.Otlp, SinkKind.Files, SinkKind.S3], sinks.Select(sink => sink.Kind));
        Assert.Equal(["cloudevents", "ocsf", "jsonl", "jsonl", "csv", "jsonl"], sinks.Select(sink => sink.View.Name));
        Assert.Equal(("one", "/etc/gate/out", "eu-1", "AK"), (sinks[0].Secret!.Reveal(), sinks[4].Folder, sinks[5].Region, sinks[5].AccessKey));
        Assert.Equal("https://siem.example.org/in", sinks[0].Where);
        Assert.Equal("/etc/gate/state/audit.pem", reading.Value.Audit.KeyPath);
    }

    [Theory]
    [InlineData("{kind: https, url: 'https://a.example.org', secret: env:SECRET}", "`name` is missing")]
    [InlineData("{name: a, url: 'https://a.example.org', secret: env:SECRET}", "`kind` is missing")]
    [InlineData("{name: a, kind: kafka, url: 'https://a.example.org', secret: env:SECRET}", "`kind` should be `https` or `syslog` or `otlp` or `files` or `s3`")]
    [InlineData("{name: a, kind: https, url: 'https://a.example.org'}", "`secret` is missing")]
    [InlineData("{name: a, kind: https, url: 'https://a.example.org', secret: plain}", "a secret does not stand here in plain text")]
    [InlineData("{name: a, kind: https, url: 'http://a.example.org', secret: env:SECRET}", "`url` should begin with `https://`")]
    [InlineData("{name: a, kind: https, url: 'https://me:pw@a.example.org', secret: env:SECRET}", "`url` should be an address such as")]
    [InlineData("{name: a, kind: syslog, url: 'tls://logs.example.org'}", "`url` should be an address such as `tls://logs.example.org:6514`")]
    [InlineData("{name: a, kind: syslog, url: 'tcp://logs.example.org:601'}", "`url` should begin with `tls://`")]
    [InlineData("{name: a, kind: syslog, url: 'tls://logs.example.org:6514', view: csv}", "`view` should be `jsonl` or `cloudevents` or `ocsf`")]
    [InlineData("{name: a, kind: syslog, url: 'tls://logs.example.org:6514', authorities: absent.pem}", "is not there")]
    [InlineData("{name: a, kind: files}", "`folder` is missing")]
    [InlineData("{name: a, kind: s3, url: 'https://s3.example.org/', region: r, accessKey: k, secret: env:SECRET}", "`url` should be an address such as")]
    [InlineData("{name: a, kind: s3, url: 'https://s3.example.org/b', secret: env:SECRET}", "`accessKey` is missing")]
    [InlineData("{name: a, kind: otlp, url: 'https://a.example.org', adress: b}", "key `adress` is not known")]
    public void A_fault_is_named_with_its_line_and_what_would_be_right(string sink, string says)
    {
        var reading = Read($"- {{name: first, kind: files, folder: out}}\n- {sink}");
        Assert.Null(reading.Value);
        Assert.Contains(reading.Problems, problem => problem.Line == 6 && problem.Message.Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_of_one_name_are_refused()
    {
        var reading = Read("- {name: a, kind: files, folder: x}\n- {name: a, kind: files, folder: y}");
        Assert.Contains("stands twice", Assert.Single(reading.Problems).Message, StringComparison.Ordinal);
    }

    private static FileReading<GateConfiguration> Read(string sinks)
    {
        var text = $"publicUrl: https://gate.example.org\ndata: state\naudit:\n  sinks:\n{string.Join('\n', sinks.Split('\n').Select(line => "    " + line))}\n";
        return GateFileReader.Read("/etc/gate/gate.yaml", Encoding.UTF8.GetBytes(text), new SecretSource(name => name == "SECRET" ? "one" : null, "/etc/gate"));
    }
}
