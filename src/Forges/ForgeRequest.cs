using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Forges.Budget;
using GitOpsGate.Forges.SignIn;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges;

/// <summary>One request to a forge, ready to be sent as often as redirects want.</summary>
/// <param name="Body">JSON in UTF-8 unless <see cref="ContentType"/> says otherwise, or null for none.</param>
internal sealed record ForgeRequest(
    Connection Connection, Action<HttpRequestHeaders, Connection> Dress, HttpMethod Method, Uri Address, byte[]? Body)
{
    private const string UserAgent = "GitOpsGate/0.1";

    /// <summary>Whom it is about, for whoever signs it.</summary>
    public SignInScope Scope { get; init; }

    /// <summary>What signs it. By itself, the connection's token.</summary>
    public Credential Credential { get; init; } = new(Connection.Token.Reveal());

    /// <summary>Who goes first.</summary>
    public ForgePriority Priority { get; init; } = ForgeWork.Priority;

    /// <summary>Set when one page of a list is asked for; null for a thing by itself.</summary>
    public ListPage? Page { get; init; }

    /// <summary>What the body is (RFC 9110 §8.3).</summary>
    public string ContentType { get; init; } = "application/json";

    public bool IsRead => ForgeTrouble.IsRead(Method);

    /// <summary>The first piece of its path below the API's root: forges that have several limits divide them by it.</summary>
    public string Route
    {
        get
        {
            var root = new Uri(Connection.ApiUrl, UriKind.Absolute).AbsolutePath.TrimEnd('/');
            var path = Address.AbsolutePath;
            var below = path.StartsWith(root + "/", StringComparison.Ordinal) ? path.AsSpan(root.Length + 1) : path.AsSpan(1);
            var end = below.IndexOf('/');
            return (end < 0 ? below : below[..end]).ToString();
        }
    }

    /// <summary>The call as messages name it: without query and credentials.</summary>
    public override string ToString() => $"`{Method} {Address.AbsolutePath}` of connection `{Connection.Name}`";

    public HttpRequestMessage ToMessage(string? knownTag)
    {
        var message = new HttpRequestMessage(Method, Address) { Version = HttpVersion.Version11 };
        message.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        message.Headers.TryAddWithoutValidation("Accept", "application/json");
        Dress(message.Headers, Credential.Worn(Connection));
        Credential.Sign(message.Headers);
        if (knownTag is not null) message.Headers.TryAddWithoutValidation("If-None-Match", knownTag);
        if (Body is null) return message;
        message.Content = new ByteArrayContent(Body);
        message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
        return message;
    }
}

/// <summary>An answer, read to its end.</summary>
/// <param name="Link">The Link header (RFC 8288), or null.</param>
internal sealed record RawAnswer(int Status, ReadOnlyMemory<byte> Body, string? Link, string? Tag, Uri? Location)
{
    /// <summary>How long the forge asks to wait, or null when it does not.</summary>
    public RestAsked? Rest { get; init; }

    /// <summary>What the forge says of the budget that this call drew from, or null when it says nothing.</summary>
    public RateReading? Rate { get; init; }

    /// <summary>Whether this is an answer that was kept, which the forge says still holds.</summary>
    public bool IsUnchanged { get; init; }

    /// <summary>How many items the whole list has, where this very answer counts them (X-Total-Count); null where it does not.</summary>
    public long? Total { get; init; }

    /// <summary>Reads a response; a 304 becomes the answer that was kept.</summary>
    public static async Task<RawAnswer> ReadAsync(
        HttpResponseMessage response, ForgeRequest request, CachedAnswer? cached, int limit, CancellationToken cancellation)
    {
        var link = response.Headers.TryGetValues("Link", out var links) ? string.Join(", ", links) : null;
        // Never the one that came before: the list may have grown beyond a page that has not changed.
        var total = response.Headers.TryGetValues("X-Total-Count", out var counts)
            && long.TryParse(counts.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : (long?)null;
        if (response.StatusCode == HttpStatusCode.NotModified && cached is not null)
        {
            // A page that has not changed may have got a next one meanwhile; one that is gone again is only an empty page.
            var told = LinkHeader.Next(link) is null ? cached.Link : link;
            return new RawAnswer(200, cached.Body, told, cached.Tag, null) { Total = total, IsUnchanged = true };
        }

        var tag = response.Headers.TryGetValues("ETag", out var tags) ? tags.First() : null;
        var body = await ReadBodyAsync(response.Content, request, limit, cancellation);
        return new RawAnswer((int)response.StatusCode, body, link, tag, response.Headers.Location) { Total = total };
    }

    /// <summary>The body's JSON if it is any; an undefined element otherwise.</summary>
    public JsonElement Peek() => StrictJson.TryParse(Body.Span, out var root, out _) ? root : default;

    private static async Task<ReadOnlyMemory<byte>> ReadBodyAsync(
        HttpContent content, ForgeRequest request, int limit, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        using var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            if (kept.Length + read > limit)
            {
                throw ForgeTrouble.Useless(request.Method, request.ToString(), $"it is larger than {limit} bytes");
            }

            kept.Write(buffer, 0, read);
        }

        return kept.GetBuffer().AsMemory(0, (int)kept.Length);
    }
}
