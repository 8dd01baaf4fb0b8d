using System.Net;

namespace GitOpsGate.Targets.Webhook;

/// <summary>A body that remembers whether its sending has begun: before that, the receiver cannot have the order.</summary>
internal sealed class TrackedContent : HttpContent
{
    private readonly byte[] _body;

    public TrackedContent(byte[] body, string mediaType)
    {
        _body = body;
        Headers.TryAddWithoutValidation("Content-Type", mediaType);
    }

    public bool HasBegun { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        HasBegun = true;
        return stream.WriteAsync(_body).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
