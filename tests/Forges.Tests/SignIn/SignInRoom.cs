using System.Net.Http.Headers;
using GitOpsGate.Configuration;
using GitOpsGate.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GitOpsGate.Forges.Tests.SignIn;

/// <summary>The way out to forges with a clock of its own, all of whose log lines are kept.</summary>
internal sealed class SignInRoom : IAsyncDisposable
{
    private readonly ServiceProvider _room;

    public SignInRoom(ManualTimeProvider clock, ForgeHttpOptions? options = null) => _room = new ServiceCollection()
        .AddSingleton(options ?? new ForgeHttpOptions())
        .AddSingleton<TimeProvider>(clock)
        .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log))
        .AddForges()
        .BuildServiceProvider();

    public LogLines Log { get; } = new();

    public ForgeHttp Http => _room.GetRequiredService<ForgeHttp>();

    /// <summary>A link that dresses its calls as most forges want it.</summary>
    public ForgeLink Link(Connection connection) => Http.Open(connection, Dress);

    public static void Dress(HttpRequestHeaders headers, Connection connection) =>
        headers.Authorization = new AuthenticationHeaderValue("Bearer", connection.Token.Reveal());

    public ValueTask DisposeAsync() => _room.DisposeAsync();
}
