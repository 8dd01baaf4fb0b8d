using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Configuration;
using GitOpsGate.Forges.SignIn;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges;

/// <summary>
/// One connection's forge, spoken to in JSON. Paths start with a slash and are added to the connection's <c>ApiUrl</c>. Every
/// member may be called concurrently. Whatever is not a success throws <see cref="ForgeTroubleException"/>.
/// </summary>
public sealed class ForgeLink
{
    /// <summary>
    /// How many items of one list are read at most; a longer one is trouble, since half a list of reviews is a wrong answer.
    /// </summary>
    public const int ListLimit = 5000;

    private readonly ForgeHttp _http;
    private readonly Connection _connection;
    private readonly Action<HttpRequestHeaders, Connection> _dress;
    private readonly Uri _root;
    private readonly SignInScope? _scope;

    internal ForgeLink(ForgeHttp http, Connection connection, Action<HttpRequestHeaders, Connection> dress, SignInScope? scope)
    {
        (_http, _connection, _dress, _scope) = (http, connection, dress, scope);
        _root = new Uri(connection.ApiUrl, UriKind.Absolute);
    }

    /// <summary>
    /// A repository's path, or another name that a stranger may have chosen, made safe as a part of an address. Each piece
    /// between slashes is escaped by itself.
    /// </summary>
    /// <exception cref="ForgeTroubleException">A piece is empty or made of dots: it would climb to another address.</exception>
    public static string Safe(string path)
    {
        var pieces = path.Split('/');
        if (pieces.Any(piece => piece.Trim('.').Length == 0))
        {
            throw new ForgeTroubleException(
                $"`{path}` is not a path; pieces that say something would be right", TroubleKind.Refused);
        }

        return string.Join('/', pieces.Select(Uri.EscapeDataString));
    }

    /// <summary>Reads one thing.</summary>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellation) =>
        (await AskAsync(HttpMethod.Get, At(path), null, ScopeOf(path), cancellation)).Json;

    /// <summary>Reads one thing, or null when the forge says that it is not there (404).</summary>
    public async Task<JsonElement?> FindAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await GetAsync(path, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            return null;
        }
    }

    /// <summary>Reads a whole list, page by page: by the Link header (RFC 8288) or by <c>next</c> in the body.</summary>
    /// <param name="itemsIn">The name under which a page holds its items; null when the page itself is the list.</param>
    /// <param name="limit">The longest list that is read; a longer one is refused.</param>
    public async Task<ImmutableArray<JsonElement>> ListAsync(
        string path, string? itemsIn, CancellationToken cancellation, int limit = ListLimit)
    {
        var items = ImmutableArray.CreateBuilder<JsonElement>();
        await foreach (var item in EachAsync(path, itemsIn, cancellation))
        {
            if (items.Count == limit)
            {
                throw new ForgeTroubleException($"the list at `{path}` has more than {limit} items", TroubleKind.Refused);
            }

            items.Add(item);
        }

        return items.ToImmutable();
    }

    /// <summary>
    /// Reads a whole list by the pages' numbers (<c>page</c>, <c>limit</c>) and the count of all items (X-Total-Count). A page may be short
    /// because the server gives fewer items at once than it is asked for, or because it counts items that it does not show: the list has
    /// ended where the pages that were read must have held all that was counted, or without a count at an empty page.
    /// </summary>
    /// <param name="size">How many items to ask for at once.</param>
    public async Task<ImmutableArray<JsonElement>> ListByPageAsync(string path, int size, CancellationToken cancellation)
    {
        var items = ImmutableArray.CreateBuilder<JsonElement>();
        var query = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        long largest = 1;
        for (var page = 1; page <= ListLimit; page++)
        {
            var answer = await PageAsync(At($"{path}{query}page={page}&limit={size}"), null, ScopeOf(path), cancellation);
            var before = items.Count;
            items.AddRange(answer.Json.Items());
            if (items.Count > ListLimit) break;
            largest = Math.Max(largest, items.Count - before);
            var isWhole = answer.Total is { } total ? page * largest >= total : items.Count == before;
            if (isWhole) return items.ToImmutable();
        }

        throw new ForgeTroubleException($"the list at `{path}` has more than {ListLimit} items", TroubleKind.Refused);
    }

    /// <summary>Reads a list item by item; the next page is asked for only when it is wanted.</summary>
    public async IAsyncEnumerable<JsonElement> EachAsync(
        string path, string? itemsIn, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var next = At(path); next is not null && seen.Add(next.AbsoluteUri);)
        {
            var answer = await PageAsync(next, itemsIn, ScopeOf(path), cancellation);
            foreach (var item in itemsIn is null ? answer.Json.Items() : answer.Json.Items(itemsIn)) yield return item;
            next = NextOf(answer);
        }
    }

    /// <summary>Changes something. The answer's JSON, or an undefined element when it has no body.</summary>
    /// <exception cref="ForgeTroubleException">Its kind says whether the change may have happened nevertheless.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation) =>
        (await AskAsync(
            method, At(path), body is null ? null : Encoding.UTF8.GetBytes(body.ToJsonString()), ScopeOf(path), cancellation)).Json;

    /// <summary>Changes something by a form (WHATWG URL, "application/x-www-form-urlencoded"), where a forge takes no JSON.</summary>
    /// <exception cref="ForgeTroubleException">Its kind says whether the change may have happened nevertheless.</exception>
    public async Task<JsonElement> PostFormAsync(
        string path, IEnumerable<KeyValuePair<string, string>> fields, CancellationToken cancellation)
    {
        using var form = new FormUrlEncodedContent(fields);
        var body = await form.ReadAsByteArrayAsync(cancellation);
        return (await AskAsync(HttpMethod.Post, At(path), body, ScopeOf(path), cancellation, "application/x-www-form-urlencoded")).Json;
    }

    /// <summary>Changes something by sending a form (RFC 7578), where a forge takes files in no other way. Else as with JSON.</summary>
    /// <exception cref="ForgeTroubleException">Its kind says whether the change may have happened nevertheless.</exception>
    public async Task<JsonElement> SendFormAsync(HttpMethod method, string path, ForgeForm form, CancellationToken cancellation) =>
        (await AskAsync(method, At(path), form.ToBytes(), ScopeOf(path), cancellation, form.ContentType)).Json;

    /// <summary>Reads one thing that is no JSON, as text in UTF-8.</summary>
    public async Task<string> TextAsync(string path, CancellationToken cancellation) =>
        Encoding.UTF8.GetString((await ExchangeAsync(
            new ForgeRequest(_connection, _dress, HttpMethod.Get, At(path), null) { Scope = ScopeOf(path) }, cancellation)).Raw.Body.Span);

    private Task<Answer> PageAsync(Uri address, string? itemsIn, SignInScope scope, CancellationToken cancellation) =>
        ReadAsync(new ForgeRequest(_connection, _dress, HttpMethod.Get, address, null) { Scope = scope, Page = new ListPage(itemsIn) }, cancellation);

    private Task<Answer> AskAsync(
        HttpMethod method, Uri address, byte[]? body, SignInScope scope, CancellationToken cancellation, string contentType = "application/json") =>
        ReadAsync(new ForgeRequest(_connection, _dress, method, address, body) { ContentType = contentType, Scope = scope }, cancellation);

    private async Task<Answer> ReadAsync(ForgeRequest asked, CancellationToken cancellation)
    {
        var (request, raw) = await ExchangeAsync(asked, cancellation);
        if (raw.Body.Length == 0) return new Answer(default, raw.Link, raw.Total);
        if (!StrictJson.TryParse(raw.Body.Span, out var json, out var problem))
        {
            // Azure DevOps shows whom it does not know its page to sign in, as a success of this kind.
            if (raw.Status == 203)
            {
                throw new ForgeTroubleException(
                    $"{request} was answered with a page instead of JSON (203): who asks is not known", TroubleKind.Forbidden);
            }

            throw ForgeTrouble.Useless(request.Method, request.ToString(), problem);
        }

        return new Answer(json, raw.Link, raw.Total);
    }

    /// <summary>The whole answer to a request that the forge says went well, at most some redirects further.</summary>
    private async Task<(ForgeRequest Request, RawAnswer Raw)> ExchangeAsync(ForgeRequest request, CancellationToken cancellation)
    {
        for (var hop = 0; ; hop++)
        {
            var raw = await _http.ExchangeAsync(request, cancellation);
            if (ForgeTrouble.IsRedirect(raw.Status) && hop < _http.Options.RedirectLimit)
            {
                request = request with { Address = Follow(request, raw) };
                continue;
            }

            if (raw.Status is < 200 or >= 300)
            {
                throw ForgeTrouble.Of(raw.Status, raw.Peek(), request.Method, request.ToString(), raw.Rest);
            }

            return (request, raw);
        }
    }

    private Uri Follow(ForgeRequest request, RawAnswer raw)
    {
        // 301 and 302 do not say whether a change is to be repeated at the new place (RFC 9110 §15.4), so only reading follows
        // them.
        var mayFollow = ForgeTrouble.IsRead(request.Method) || raw.Status is 307 or 308;
        if (raw.Location is { } location && mayFollow)
        {
            var target = new Uri(request.Address, location);
            if (IsOurs(target)) return target;
            _http.Log.RedirectRefused(_connection.Name.Value, request.Address.AbsolutePath, target.Host);
        }

        throw new ForgeTroubleException(
            $"{request} was redirected ({raw.Status}) and not followed: only the same host is, for reading or with 307 or 308",
            TroubleKind.Refused);
    }

    private Uri? NextOf(Answer answer)
    {
        var next = LinkHeader.Next(answer.Link) ?? answer.Json.TextOrNull("next");
        if (string.IsNullOrEmpty(next)) return null;
        if (Uri.TryCreate(_root, next, out var address) && IsOurs(address)) return address;
        throw new ForgeTroubleException(
            $"the next page of connection `{_connection.Name}` is said to be at another place than `{_connection.ApiUrl}`",
            TroubleKind.Refused);
    }

    /// <summary>The token must never travel to another host than the one that it was made for.</summary>
    private bool IsOurs(Uri target) =>
        target.Scheme == _root.Scheme && target.Port == _root.Port
        && string.Equals(target.Host, _root.Host, StringComparison.OrdinalIgnoreCase);

    // Later pages and redirects have addresses that do not say it (GitHub's are `/repositories/1/…`), so the first one tells for all.
    private SignInScope ScopeOf(string path) => _scope ?? SignInScope.OfPath(path);

    private Uri At(string path) => new(_connection.ApiUrl + path, UriKind.Absolute);

    private readonly record struct Answer(JsonElement Json, string? Link, long? Total);
}
