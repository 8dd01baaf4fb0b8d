using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Targets.Sinks;

/// <summary>The sinks that there are.</summary>
public static class SinkRegistration
{
    /// <summary>Makes a sink of <c>gate.yaml</c>; dispose it if it is disposable.</summary>
    public static ISink Make(SinkSource source, TimeProvider clock) => source.Kind switch
    {
        SinkKind.Https => new HttpsSink(source, clock),
        SinkKind.Syslog => new SyslogSink(source, clock),
        SinkKind.Otlp => new OtlpSink(source, clock),
        SinkKind.Files => new FileSink(source),
        SinkKind.S3 => new S3Sink(source, clock),
    };
}
