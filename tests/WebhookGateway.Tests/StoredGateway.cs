using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.Storage;
using GitOpsGate.WebhookGateway.Composition;
using GitOpsGate.WebhookGateway.Intake;
using GitOpsGate.WebhookGateway.Tests.Doubles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>A gateway over a SQLite file.</summary>
internal sealed class StoredGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private StoredGateway(WebApplication app, string token)
    {
        (_app, Token) = (app, token);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(address) };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A viewer's.</summary>
    public string Token { get; }

    public string Address => _client.BaseAddress!.ToString().TrimEnd('/');

    public CheckpointDesk Desk => _app.Services.GetRequiredService<CheckpointDesk>();

    public static async Task<StoredGateway> StartAsync(
        string folder, AuditSettings? audit = null, ImmutableArray<SinkSource> sinks = default, Action<IServiceCollection>? more = null)
    {
        var settings = sinks.IsDefault ? audit : (audit ?? AuditSettings.In(folder)) with { Sinks = sinks };
        var app = GatewayHost.Build(RunningGateway.Configuration(folder) with { Audit = settings }, "http://127.0.0.1:0", new IntakeOptions(), services =>
        {
            services.AddGateStorage(folder, null);
            services.AddSingleton<IForge>(new MemoryForge()).AddSingleton<IGitMirror>(new MemoryMirror()).AddSingleton<IWarrantSigner, MemorySigner>()
                .AddSingleton<IForgeBudgets>(new MemoryBudgets());
            more?.Invoke(services);
        });
        await app.StartAsync(Cancellation);
        return new StoredGateway(app, await AddTokenAsync(app, Role.Viewer));
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public Task<string> AddTokenAsync(Role role) => AddTokenAsync(_app, role);

    public Task<string> IdentityAsync(string forge, string id) => _app.Services.GetRequiredService<IIdentities>().ReferenceOfAsync(forge, id, Cancellation);

    /// <summary>Records an entry with a sealed reason; its place in the log.</summary>
    public async Task<long> SealAsync(string subject, string reason)
    {
        var draft = new AuditDraft
        {
            Type = AuditTypes.OverrideUsed,
            Outcome = AuditOutcome.Success,
            Actor = new AuditActor("user", subject),
            Personal = [new PersonalText(PersonalText.Reason, subject, reason)],
        };
        var record = new Ports.Record { Entries = [draft], At = DateTimeOffset.UnixEpoch };
        return (await _app.Services.GetRequiredService<IGateStore>().RecordAsync(record, Cancellation)).FirstIndex;
    }

    public async Task GrowAsync(int count, params string[] populations)
    {
        var draft = new AuditDraft { Type = AuditTypes.ConfigChanged, Outcome = AuditOutcome.Success, Populations = [.. populations] };
        var record = new Ports.Record { Entries = [.. Enumerable.Repeat(draft, count)], At = DateTimeOffset.UnixEpoch };
        await _app.Services.GetRequiredService<IGateStore>().RecordAsync(record, Cancellation);
    }

    public async Task<(string Log, NoteKey Key)> KeysAsync()
    {
        using var keys = JsonDocument.Parse(await TextAsync("/audit/v1/keys.json"));
        return (keys.RootElement.GetProperty("log").GetString()!, NoteKey.Parse(keys.RootElement.GetProperty("keys")[0].GetProperty("vkey").GetString()!));
    }

    public async Task<string> TextAsync(string path) => Encoding.UTF8.GetString(await BytesAsync(path));

    public async Task<byte[]> BytesAsync(string path)
    {
        using var answer = await GetAsync(path, Token);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
        return await answer.Content.ReadAsByteArrayAsync(Cancellation);
    }

    public Task<HttpResponseMessage> GetAsync(string path, string? token) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path), token);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string? token = null)
    {
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return _client.SendAsync(request, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        SqliteConnection.ClearAllPools();
    }

    private static async Task<string> AddTokenAsync(WebApplication app, Role role)
    {
        var token = TokenText.New();
        await app.Services.GetRequiredService<ITokenStore>().AddAsync(
            new AccessToken($"a_{Path.GetRandomFileName()}", "auditor", role, DateTimeOffset.UnixEpoch), TokenText.Digest(token), Cancellation);
        return token;
    }
}
