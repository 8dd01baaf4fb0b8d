using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using GitOpsGate.Policies.Rego.Builtins;
using GitOpsGate.Policies.Rego.Builtins.Yaml;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.World;

/// <summary>
/// One call of <c>http.send</c> (OPA reference, "HTTP"): what is asked, of whom, and the answer as a document. Certificates and keys of a
/// policy's own are refused by name; a cache is not needed, for an evaluation asks the same thing once.
/// </summary>
internal sealed class HttpSend(WorldGrants grants, HttpClient http, RegoObject request)
{
    private const int MostRedirects = 10;
    private const int MostRetries = 5;
    private const int AnswerLimit = 8 << 20;
    private static readonly HashSet<string> Proofs = new(StringComparer.OrdinalIgnoreCase) { "authorization", "cookie", "proxy-authorization" };
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Asks, and gives what came of it.</summary>
    /// <exception cref="WorldFailureException">There is no answer, and the policy did not say <c>raise_error: false</c>.</exception>
    /// <exception cref="OperationCanceledException">The evaluation ends.</exception>
    public RegoValue Run(CancellationToken cancellation)
    {
        try
        {
            return Answered(cancellation);
        }
        catch (WorldFailureException failure) when (request["raise_error"].IsFalse)
        {
            var error = new RegoObjectBuilder();
            error.Set("code", RegoValue.Of(failure.IsNetwork ? "eval_http_send_network_error" : "eval_http_send_internal_error"));
            error.Set("message", RegoValue.Of(failure.Message));
            var answer = new RegoObjectBuilder();
            answer.Set("status_code", RegoValue.Of(0L));
            answer.Set("error", RegoValue.Of(error.Build()));
            return RegoValue.Of(answer.Build());
        }
    }

    private RegoValue Answered(CancellationToken cancellation)
    {
        foreach (var key in request.Keys)
        {
            if (key.Text.StartsWith("tls_", StringComparison.Ordinal) && request.Find(key) is { } value && !IsUsual(key.Text, value))
                throw new WorldFailureException($"`{key.Text}` is not supported: the gate trusts what its machine trusts");
        }

        var retries = Number("max_retry_attempts", 0, MostRetries);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return Once(cancellation);
            }
            catch (WorldFailureException failure) when (failure.IsNetwork && attempt < retries)
            {
                cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(100 << attempt));
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private RegoValue Once(CancellationToken cancellation)
    {
        var timeout = Timeout();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ends.CancelAfter(timeout);
        var method = Method();
        var first = Address(Text("url"));
        var address = first;
        try
        {
            for (var redirects = 0; ; redirects++)
            {
                using var message = Message(method, address, withBody: redirects == 0 || method != HttpMethod.Get, isElsewhere: address.Authority != first.Authority);
                // Waited for here, for an evaluation is one thread's work; asynchronously, so that the timeout also holds while a body
                // trickles in. Headers first: how long the body may be is ours to say.
                using var response = http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ends.Token).GetAwaiter().GetResult();
                var status = (int)response.StatusCode;
                if (!request["enable_redirect"].IsTrue || status is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } next)
                    return ToValue(response, ends.Token);
                if (redirects == MostRedirects) throw new WorldFailureException($"`{Text("url")}` redirects more than {MostRedirects} times");

                // A redirect is another question: to a host that must be granted, too.
                address = Address(new Uri(address, next).AbsoluteUri);
                if (status is 301 or 302 or 303 && method != HttpMethod.Head) method = HttpMethod.Get;
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw WorldFailureException.OfNetwork($"{method} {address}: no answer within {timeout.TotalSeconds:0.###} s");
        }
        catch (Exception trouble) when (trouble is HttpRequestException or IOException)
        {
            throw WorldFailureException.OfNetwork($"{method} {address}: {trouble.Message}");
        }
    }

    private HttpMethod Method()
    {
        try
        {
            return new HttpMethod(Text("method").ToUpperInvariant());
        }
        catch (FormatException)
        {
            throw new WorldFailureException($"`method` should be a method of HTTP, not `{Text("method")}`");
        }
    }

    private Uri Address(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new WorldFailureException($"`url` should be an absolute address of http or https, not `{url}`");
        return grants.AllowsHost(address.Host, address.Port)
            ? address
            : throw new WorldFailureException($"`{address.Host}:{address.Port}` is not in the bundle's `allowNet`");
    }

    private HttpRequestMessage Message(HttpMethod method, Uri address, bool withBody, bool isElsewhere)
    {
        var message = new HttpRequestMessage(method, address);
        if (withBody && Body() is { } body) message.Content = body;
        foreach (var (name, value) in Headers())
        {
            // What proves who asks is for the one who was asked first.
            if (isElsewhere && Proofs.Contains(name)) continue;
            if (message.Headers.TryAddWithoutValidation(name, value)) continue;
            message.Content ??= new ByteArrayContent([]);
            message.Content.Headers.Remove(name);
            message.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    private ByteArrayContent? Body()
    {
        if (request["raw_body"] is { IsDefined: true } raw)
            return new ByteArrayContent(Encoding.UTF8.GetBytes(raw.AsString is null ? throw Wrong("raw_body", "a string") : raw.Text));
        if (request["body"] is not { IsDefined: true } body) return null;
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(RegoJson.ToText(body)));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private List<(string Name, string Value)> Headers()
    {
        var headers = new List<(string, string)>();
        if (request["headers"] is not { IsDefined: true } given) return headers;
        if (given.AsObject is not { } entries) throw Wrong("headers", "an object of strings");
        foreach (var key in entries.Keys)
        {
            var value = entries.Find(key);
            if (key.AsString is null || value.AsString is null) throw Wrong("headers", "an object of strings");
            headers.Add((key.Text, value.Text));
        }

        return headers;
    }

    private RegoValue ToValue(HttpResponseMessage response, CancellationToken cancellation)
    {
        var bytes = Read(response, cancellation);
        var kind = response.Content.Headers.ContentType?.MediaType ?? "";
        var body = RegoValue.Null;
        if (request["force_json_decode"].IsTrue || kind == "application/json" || kind.EndsWith("+json", StringComparison.Ordinal))
        {
            if (RegoJson.TryParse(bytes, out var parsed, out var problem)) body = parsed;
            else if (request["force_json_decode"].IsTrue) throw new WorldFailureException($"the answer is no JSON: {problem}");
        }
        else if (request["force_yaml_decode"].IsTrue || kind is "application/yaml" or "application/x-yaml")
        {
            body = Yaml(bytes);
        }

        var headers = new RegoObjectBuilder();
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
            headers.Set(name.ToLowerInvariant(), RegoValue.Of(new RegoArray([.. values.Select(RegoValue.Of)])));
        var answer = new RegoObjectBuilder();
        answer.Set("status", RegoValue.Of(string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} {response.ReasonPhrase}")));
        answer.Set("status_code", RegoValue.Of((long)response.StatusCode));
        answer.Set("headers", RegoValue.Of(headers.Build()));
        answer.Set("raw_body", RegoValue.Of(Encoding.UTF8.GetString(bytes)));
        answer.Set("body", body);
        return RegoValue.Of(answer.Build());
    }

    private static byte[] Read(HttpResponseMessage response, CancellationToken cancellation)
    {
        using var stream = response.Content.ReadAsStream(cancellation);
        var bytes = new ArrayBufferWriter<byte>();
        while (stream.ReadAsync(bytes.GetMemory(4096), cancellation).AsTask().GetAwaiter().GetResult() is > 0 and var more)
        {
            bytes.Advance(more);
            if (bytes.WrittenCount > AnswerLimit) throw new WorldFailureException($"the answer is larger than {AnswerLimit >> 20} MiB");
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static RegoValue Yaml(byte[] bytes)
    {
        try
        {
            return YamlReader.Read(Encoding.UTF8.GetString(bytes));
        }
        catch (YamlException wrong)
        {
            throw new WorldFailureException($"the answer is no YAML: {wrong.Message}");
        }
    }

    private TimeSpan Timeout()
    {
        var given = request["timeout"];
        if (!given.IsDefined) return UsualTimeout;
        var text = given.AsString is null ? given.ToString() + "ns" : given.Text;
        return GoDuration.Parse(text) is > 0 and var nanoseconds
            ? TimeSpan.FromTicks(Math.Max(nanoseconds / 100, 1))
            : throw Wrong("timeout", "nanoseconds, or a text such as `2s`");
    }

    private int Number(string key, int otherwise, int most)
    {
        var given = request[key];
        if (!given.IsDefined) return otherwise;
        return int.TryParse(given.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Min(number, most)
            : throw Wrong(key, "a number that is not negative");
    }

    private string Text(string key) => request[key].AsString is null ? throw Wrong(key, "a string") : request[key].Text;

    private static bool IsUsual(string key, RegoValue value) =>
        key == "tls_use_system_certs" ? value.IsTrue : key == "tls_insecure_skip_verify" && value.IsFalse;

    private static WorldFailureException Wrong(string key, string right) => new($"`{key}` should be {right}");
}

/// <summary>The world did not answer, or was not to be asked. It ends the evaluation: undefined could be taken for consent.</summary>
public sealed class WorldFailureException(string message) : Exception(message)
{
    /// <summary>Whether the network failed, and the question itself was right.</summary>
    public bool IsNetwork { get; private init; }

    internal static WorldFailureException OfNetwork(string message) => new(message) { IsNetwork = true };
}
