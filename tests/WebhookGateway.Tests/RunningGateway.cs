using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Access;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Composition;
using GitOpsGate.WebhookGateway.Intake;
using GitOpsGate.WebhookGateway.Tests.Doubles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GitOpsGate.WebhookGateway.Tests;

/// <summary>A whole gateway on a real port of the loopback, with stores in memory.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    public const string Secret = "It's a Secret to Everybody";
    public const string NewSecret = "the next one";
    private readonly WebApplication _app;
    private readonly string _folder;

    private RunningGateway(WebApplication app, string folder)
    {
        _app = app;
        _folder = folder;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(address) };
    }

    public required MemoryRooms Rooms { get; init; }

    public required MemoryForge Forge { get; init; }

    public required MemoryTarget Target { get; init; }

    public required MemoryMirror Mirror { get; init; }

    public required MemorySecrets Secrets { get; init; }

    public required MemoryBudgets Budgets { get; init; }

    public required MemoryAccess Access { get; init; }

    public HttpClient Client { get; }

    public int Port => Client.BaseAddress!.Port;

    public static async Task<RunningGateway> StartAsync(IntakeOptions? intake = null)
    {
        var folder = Directory.CreateTempSubdirectory("gate-").FullName;
        var (rooms, forge, target, mirror) = (new MemoryRooms(), new MemoryForge(), new MemoryTarget(), new MemoryMirror());
        var (secrets, budgets, access) = (new MemorySecrets(), new MemoryBudgets(), new MemoryAccess());
        var attestations = new MemoryAttestations();
        var app = GatewayHost.Build(Configuration(folder), "http://127.0.0.1:0", intake ?? new IntakeOptions(), services =>
        {
            services.AddSingleton<IDeliveryInbox>(rooms).AddSingleton<IGateStore>(rooms).AddSingleton<IGateReader>(rooms)
                .AddSingleton<IAuditReader>(rooms).AddSingleton<ITokenStore>(rooms).AddSingleton<IObligationOutbox>(rooms)
                .AddSingleton<IBranchStore>(rooms).AddSingleton<ICheckpointStore>(rooms).AddSingleton<ILogMilestones>(rooms).AddSingleton<ILogCounters>(rooms).AddSingleton<IReconcileStore, MemoryReconciliation>()
                .AddSingleton<IAnchorStore, MemoryAnchors>()
                .AddSingleton<ISealedSecrets>(secrets).AddSingleton<IForgeBudgets>(budgets).AddSingleton<IAccessStore>(access)
                .AddSingleton<IGitMirror>(mirror).AddSingleton<IForge>(forge).AddSingleton<ITarget>(target)
                .AddSingleton<IWarrantSigner, MemorySigner>()
                .AddSingleton<IAttestations>(attestations).AddSingleton<IIdentities>(attestations);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningGateway(app, folder)
        {
            Rooms = rooms,
            Forge = forge,
            Target = target,
            Mirror = mirror,
            Secrets = secrets,
            Budgets = budgets,
            Access = access,
        };
    }

    public static GateConfiguration Configuration(string folder) => new()
    {
        PublicUrl = "https://gate.example.org",
        DataFolder = folder,
        ServerRules = RuleFile.Empty,
        Digest = new string('0', 64),
        Connections =
        [
            new Connection
            {
                Name = new ConnectionName("github"),
                Forge = "github",
                ApiUrl = "https://api.github.com",
                GitUrl = "https://github.com",
                Token = new Secret("t"),
                WebhookSecrets = [new Secret(Secret), new Secret(NewSecret)],
            },
        ],
    };

    public static string Sign(byte[] body, string secret = Secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    /// <summary>A signed webhook call that a test may spoil before it is sent.</summary>
    public static HttpRequestMessage Hook(byte[] body, string? signature = null, string id = "d-1", string what = "pull_request")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/github") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-GitHub-Delivery", id);
        request.Headers.Add("X-GitHub-Event", what);
        request.Headers.Add("X-Hub-Signature-256", signature ?? Sign(body));
        return request;
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        Client.SendAsync(request, TestContext.Current.CancellationToken);

    /// <summary>Calls the API with a fresh token of a role, or as a stranger for <see cref="Role.None"/>.</summary>
    public Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, Role role, string? json = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (role != Role.None) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Rooms.AddToken(role));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return SendAsync(request);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
