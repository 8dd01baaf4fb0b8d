using System.Collections.Immutable;
using System.Net;
using GitOpsGate.Forges.AzureDevOps;
using GitOpsGate.Forges.BitbucketCloud;
using GitOpsGate.Forges.BitbucketDataCenter;
using GitOpsGate.Forges.Gitea;
using GitOpsGate.Forges.GitHub;
using GitOpsGate.Forges.GitLab;
using GitOpsGate.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GitOpsGate.Forges;

/// <summary>
/// All forges that the gate knows. A new one adds its line to <see cref="All"/>; the contract tests then run for it.
/// </summary>
public static class ForgeRegistration
{
    /// <summary>Each forge, by the word that <c>gate.yaml</c> has for it.</summary>
    public static ImmutableSortedDictionary<string, Func<ForgeHttp, IForge>> All { get; } =
        new Dictionary<string, Func<ForgeHttp, IForge>>
        {
            [AzureDevOpsForge.ForgeName] = http => new AzureDevOpsForge(http),
            [BitbucketCloudForge.ForgeName] = http => new BitbucketCloudForge(http),
            [BitbucketDataCenterForge.ForgeName] = http => new BitbucketDataCenterForge(http),
            [GitHubForge.ForgeName] = http => new GitHubForge(http),
            [GitLabForge.ForgeName] = http => new GitLabForge(http),
            [GiteaForge.ForgeName] = http => new GiteaForge(http),
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>
    /// Adds <see cref="ForgeRoster"/>, every <see cref="IForge"/> and the client that they share. A
    /// <see cref="ForgeHttpOptions"/> that was added before is kept.
    /// </summary>
    public static IServiceCollection AddForges(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new ForgeHttpOptions());
        services.AddLogging();
        services.AddMetrics();
        services.AddHttpClient(ForgeHttp.ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.All,
                ConnectTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                UseCookies = false,
            })
            // Our own log lines leave out queries and headers.
            .RemoveAllLoggers();
        services.AddSingleton<ForgeHttp>();
        services.AddSingleton(given => given.GetRequiredService<ForgeHttp>().Budgets);
        foreach (var create in All.Values) services.AddSingleton(given => create(given.GetRequiredService<ForgeHttp>()));
        services.AddSingleton<ForgeRoster>();
        return services;
    }
}

/// <summary>The forges by name.</summary>
public sealed class ForgeRoster(IEnumerable<IForge> forges)
{
    private readonly ImmutableSortedDictionary<string, IForge> _byName =
        forges.ToImmutableSortedDictionary(forge => forge.Name, forge => forge, StringComparer.Ordinal);

    /// <summary>The names, in order.</summary>
    public IEnumerable<string> Names => _byName.Keys;

    /// <summary>The forge with this name, or null when there is none.</summary>
    public IForge? Find(string name) => _byName.GetValueOrDefault(name);
}
