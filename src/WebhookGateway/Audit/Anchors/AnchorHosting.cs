using GitOpsGate.Audit.Anchors;
using GitOpsGate.Configuration;
using GitOpsGate.Exports;
using GitOpsGate.Forges.Git;
using GitOpsGate.Ports;
using GitOpsGate.Targets.Timestamps;

namespace GitOpsGate.WebhookGateway.Audit.Anchors;

/// <summary>The anchors of the configuration, and the worker that makes them; without any, no worker.</summary>
internal static class AnchorHosting
{
    /// <summary>How long each step of the look before the start may take: a repository that hangs does not hold a gateway up.</summary>
    private static readonly TimeSpan BootPatience = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddAnchors(this IServiceCollection services, AnchorSettings settings, string dataFolder)
    {
        services.AddSingleton(settings);
        services.AddSingleton<AnchorRooms>();
        services.AddSingleton<BundleAnchors>();
        services.AddSingleton<AnchorBoard>();
        if (settings.Git is { } git)
        {
            var folder = Path.Combine(dataFolder, "git-anchor");
            services.AddSingleton<IGitAnchor>(given => new GitAnchor(git, folder, given.GetRequiredService<TimeProvider>()));
            services.AddSingleton<GitHistory>();
            services.AddSingleton<IAnchoring>(given => new GitAnchoring(
                given.GetRequiredService<IGitAnchor>(), given.GetRequiredService<GitHistory>(), given.GetRequiredService<AnchorRooms>(), git.Every));
        }

        if (settings.Timestamp is { } stamp)
        {
            services.AddSingleton<ITimestampAuthority>(given => new TimestampAuthority(stamp, given.GetRequiredService<TimeProvider>()));
            services.AddSingleton<IAnchoring>(given => new Stamping(
                given.GetRequiredService<ITimestampAuthority>(), stamp.Trust, given.GetRequiredService<AnchorRooms>(), stamp.Every));
        }

        return settings == AnchorSettings.None ? services : services.AddHostedService<AnchorWork>();
    }

    /// <summary>Before anything is appended: the log is held against what the anchor's repository remembers.</summary>
    /// <exception cref="GitOpsGate.Audit.Checkpoints.LogRolledBackException">The log is not the one that was anchored.</exception>
    /// <exception cref="IOException">The repository cannot be read, and the start needs it.</exception>
    public static async Task CheckAnchorsAsync(this IServiceProvider rooms, TextWriter errors)
    {
        if (rooms.GetRequiredService<AnchorSettings>().Git is not { } git) return;
        try
        {
            await rooms.GetRequiredService<GitHistory>().CheckAsync(BootPatience, CancellationToken.None);
        }
        catch (GitTroubleException trouble) when (!git.IsRequired)
        {
            await errors.WriteLineAsync($"warning: the audit log was not held against its Git anchor: {trouble.Message}");
        }
        catch (GitTroubleException trouble)
        {
            throw new IOException($"the audit log cannot be held against its Git anchor, and `required: true` asks for it: {trouble.Message}", trouble);
        }
    }
}
