using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace GitOpsGate.Cli;

/// <summary>Asks a gateway over its JSON API. Refusals and silence become a <see cref="CommandFailure"/> that says what to do.</summary>
internal sealed class GateClient : IDisposable
{
    private readonly HttpClient _http;

    public GateClient(string address, string? token)
    {
        if (!Uri.TryCreate(address.TrimEnd('/') + "/api/v1/", UriKind.Absolute, out var root) || root.Scheme is not ("http" or "https"))
        {
            throw new CommandFailure(ExitCode.Usage, $"`{address}` is not an address; it would be like `https://gate.example.org`");
        }

        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = root, Timeout = TimeSpan.FromMinutes(2) };
        if (token is { Length: > 0 }) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Reads one document.</summary>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, null, cancellation);

    /// <summary>Asks for an act; the body is JSON text, or null for none.</summary>
    public Task<JsonElement> PostAsync(string path, string? json, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, json, cancellation);

    /// <summary>Puts something in its place; the body is JSON text.</summary>
    public Task<JsonElement> PutAsync(string path, string json, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, path, json, cancellation);

    /// <summary>Takes something away.</summary>
    public Task<JsonElement> DeleteAsync(string path, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Delete, path, null, cancellation);

    /// <summary>Reads a text, and what a header of the answer says beside it.</summary>
    public Task<(string Text, string? Header)> TextAsync(string path, string header, CancellationToken cancellation) => AskAsync(
        async () =>
        {
            using var answer = await _http.GetAsync(path, cancellation);
            if (!answer.IsSuccessStatusCode) await ReadAsync(answer, cancellation);
            var said = answer.Headers.TryGetValues(header, out var values) ? values.FirstOrDefault() : null;
            return (await answer.Content.ReadAsStringAsync(cancellation), said);
        },
        cancellation);

    /// <summary>Asks for an act that answers with a text, which is given as it is.</summary>
    public Task<string> PostForTextAsync(string path, CancellationToken cancellation) => AskAsync(
        async () =>
        {
            using var answer = await _http.PostAsync(path, null, cancellation);
            if (!answer.IsSuccessStatusCode) await ReadAsync(answer, cancellation);
            return await answer.Content.ReadAsStringAsync(cancellation);
        },
        cancellation);

    /// <summary>Asks for an act that answers with a file, and writes it; when anything fails, the file is not there.</summary>
    /// <returns>Its bytes.</returns>
    public async Task<long> DownloadAsync(string path, string file, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        using var answer = await AskAsync(() => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation), cancellation);
        if (!answer.IsSuccessStatusCode) await ReadAsync(answer, cancellation);
        var part = file + ".part";
        try
        {
            await using (var content = await answer.Content.ReadAsStreamAsync(cancellation))
            await using (var target = File.Create(part)) await content.CopyToAsync(target, cancellation);
            File.Move(part, file, overwrite: true);
            return new FileInfo(file).Length;
        }
        catch (HttpIOException trouble)
        {
            throw new CommandFailure(ExitCode.Gateway, $"the gateway at `{_http.BaseAddress}` broke off in the middle of the file: {trouble.Message}");
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"`{file}` could not be written: {trouble.Message}");
        }
        finally
        {
            File.Delete(part);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? json, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return await AskAsync(
            async () =>
            {
                using var answer = await _http.SendAsync(request, cancellation);
                return await ReadAsync(answer, cancellation);
            },
            cancellation);
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (HttpRequestException trouble)
        {
            throw new CommandFailure(ExitCode.Gateway, $"the gateway at `{_http.BaseAddress}` does not answer: {trouble.Message}");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.Gateway, $"the gateway at `{_http.BaseAddress}` did not answer within {_http.Timeout}");
        }
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var isJson = answer.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json";
        var body = isJson ? await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation) : default;
        if (answer.IsSuccessStatusCode) return body;
        var said = Says(body) ?? $"it answered {(int)answer.StatusCode} {answer.ReasonPhrase}";
        throw new CommandFailure(ExitCode.Gateway, answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized => "not signed in: give a token with --token or in GATE_TOKEN",
            HttpStatusCode.Forbidden => $"this token may not do that: {said}",
            _ => $"the gateway refused: {said}",
        });
    }

    private static string? Says(JsonElement problem)
    {
        if (problem.ValueKind != JsonValueKind.Object) return null;
        foreach (var name in (string[])["detail", "title"])
        {
            if (problem.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String) return text.GetString();
        }

        return null;
    }
}
