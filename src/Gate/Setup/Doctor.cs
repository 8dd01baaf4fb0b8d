using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Setup;

/// <summary>How one look came out. The zero value is the worst.</summary>
public enum CheckupState
{
    Failed,
    Warning,

    /// <summary>It could not be told.</summary>
    Unknown,
    Passed,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">A word: <c>reach</c>, <c>rights</c>, <c>webhook</c>, …</param>
/// <param name="Finding">What is so, in one sentence without a full stop.</param>
/// <param name="ToDo">What a person should do, in full sentences; empty when nothing.</param>
public sealed record Checkup(string Name, CheckupState State, string Finding, ImmutableArray<string> ToDo);

/// <summary>
/// Looks whether the gate can do its work in a repository, and what to do where it cannot: reachability, rights, the webhook's health, the
/// rules, and whether anybody else could post its status. Changes nothing. Safe to call concurrently.
/// </summary>
public sealed class Doctor(GateConfiguration configuration, RepositorySetup setup, IGitMirror mirror, IGateReader reader, TimeProvider clock)
{
    private static readonly TimeSpan Lookback = TimeSpan.FromDays(1);

    /// <summary>All that can be seen; trouble with the forge is a finding.</summary>
    public async Task<ImmutableArray<Checkup>> ExamineAsync(Reach reach, RepositoryKey repository, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<Checkup>();
        found.Add(Address());
        if (await setup.LostAsync(repository, cancellation) is { } lost) found.Add(Access(lost));
        ForgeStanding standing;
        try
        {
            standing = await reach.Forge.StandingAsync(reach.Connection, repository, cancellation);
        }
        catch (ForgeTroubleException trouble)
        {
            found.Add(new Checkup("reach", CheckupState.Failed, trouble.Message, [Mend(trouble.Kind, reach.Connection, repository)]));
            return found.ToImmutable();
        }

        found.Add(new Checkup(
            "reach", CheckupState.Passed, $"`{reach.Connection.ApiUrl}` answers ({standing.Product}) and knows us as `{standing.Account}`", []));
        found.Add(standing.MissingRights.IsEmpty
            ? new Checkup("rights", CheckupState.Passed, "no right is known to lack", [])
            : new Checkup(
                "rights", CheckupState.Failed, string.Join("; ", standing.MissingRights),
                [$"Give `{standing.Account}` these rights in `{repository.Path}`, or connect with an account that has them."]));
        found.Add(await TryAsync("webhook", () => HookAsync(reach, repository, cancellation)));
        found.Add(await TryAsync("deliveries", () => DeliveriesAsync(reach, repository, cancellation)));
        foreach (var branch in setup.BranchesOf(repository, standing.DefaultBranch, []))
        {
            found.Add(await TryAsync($"branch {branch}", () => BranchAsync(reach, repository, branch, cancellation)));
            found.Add(await TryAsync($"rules {branch}", () => RulesAsync(reach, repository, branch, cancellation)));
        }

        return found.ToImmutable();
    }

    private Checkup Address()
    {
        var uri = new Uri(configuration.PublicUrl, UriKind.Absolute);
        if (uri.IsLoopback)
        {
            return new Checkup(
                "address", CheckupState.Warning, $"`{configuration.PublicUrl}` is this machine only: no forge elsewhere can send webhooks to it",
                ["Set `publicUrl` in gate.yaml to the address at which forges reach the gate."]);
        }

        return uri.Scheme == "https"
            ? new Checkup("address", CheckupState.Passed, $"webhooks come in at `{configuration.PublicUrl}/hooks/…`", [])
            : new Checkup(
                "address", CheckupState.Warning, $"`{configuration.PublicUrl}` is not https: webhooks and their secrets travel in clear text",
                ["Put a TLS terminator before the gate and set `publicUrl` in gate.yaml to its https address."]);
    }

    private static Checkup Access(LostAccess lost) => new(
        "access", CheckupState.Failed, $"{lost.Why}, since {lost.Since.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}",
        [
            lost.MovedTo is { } path
                ? $"Write `{path}` wherever gate.yaml names `{lost.Place.Path}`."
                : "Install the app there, or end its suspension, on its page at the forge; what was missed meanwhile is then caught up with.",
        ]);

    private async Task<Checkup> HookAsync(Reach reach, RepositoryKey repository, CancellationToken cancellation)
    {
        var hookUrl = RepositorySetup.HookUrl(configuration, reach.Connection.Name);
        var health = await reach.Forge.HookHealthAsync(reach.Connection, repository, hookUrl, cancellation);
        var mend = $"Run `gate connect {reach.Connection.Name} {repository.Path}`.";
        if (health.IsWell) return new Checkup("webhook", CheckupState.Passed, $"webhook `{health.Id}` is active and complete", []);
        if (health.Id is null) return new Checkup("webhook", CheckupState.Failed, $"no webhook sends to `{hookUrl}`", [mend]);
        var problems = health.Problems.ToList();
        if (!health.IsActive)
        {
            problems.Insert(0, health.DisabledUntil is { } until
                ? $"the forge has switched it off until {until.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}"
                : "it is switched off");
        }

        return new Checkup("webhook", CheckupState.Failed, $"webhook `{health.Id}`: {string.Join("; ", problems)}", [mend]);
    }

    private async Task<Checkup> DeliveriesAsync(Reach reach, RepositoryKey repository, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var hookUrl = RepositorySetup.HookUrl(configuration, reach.Connection.Name);
        var missed = await reach.Forge.MissedAsync(reach.Connection, repository, hookUrl, now - Lookback, cancellation);
        var heard = await reader.DeliveriesAsync(new DeliveryFilter(null, reach.Connection.Name.Value, null, 1), cancellation);
        var last = heard.Items.IsEmpty
            ? "nothing was ever received over this connection"
            : $"the last delivery of this connection came {heard.Items[0].ReceivedAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}";
        if (!missed.IsEmpty)
        {
            return new Checkup(
                "deliveries", CheckupState.Warning, $"{missed.Length} deliveries of the last day did not arrive, the last one because of: {missed[^1].Why}; {last}",
                ["See that the forge reaches the gate; what is missing is asked for again by itself."]);
        }

        return new Checkup("deliveries", heard.Items.IsEmpty ? CheckupState.Warning : CheckupState.Passed, last, []);
    }

    private static async Task<Checkup> BranchAsync(Reach reach, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var protection = await reach.Forge.ProtectionAsync(reach.Connection, repository, branch, cancellation);
        var name = $"branch {branch}";
        if (!protection.IsRequired)
        {
            return new Checkup(
                name, CheckupState.Failed, $"merges into `{branch}` do not wait for `{reach.Connection.StatusContext}`: the gate blocks nothing",
                protection.Advice.IsEmpty ? [$"Run `gate connect {reach.Connection.Name} {repository.Path}`."] : protection.Advice);
        }

        var weak = new List<string>();
        if (!protection.IsBoundToUs) weak.Add("others can post it, too");
        if (!protection.IsWithoutBypass) weak.Add("somebody may merge past it");
        return new Checkup(
            name, weak.Count == 0 ? CheckupState.Passed : CheckupState.Warning,
            $"merges into `{branch}` wait for `{reach.Connection.StatusContext}` ({protection.By})"
            + (weak.Count == 0 ? "" : $", but {string.Join(" and ", weak)}"),
            protection.Advice);
    }

    private async Task<Checkup> RulesAsync(Reach reach, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var name = $"rules {branch}";
        var tip = await reach.Forge.TipAsync(reach.Connection, repository, branch, cancellation);
        if (tip.IsNone) return new Checkup(name, CheckupState.Failed, $"there is no branch `{branch}`", ["Correct it in gate.yaml, or push it."]);
        var bytes = await mirror.RuleFileAsync(reach.Connection, repository, tip, cancellation);
        var (approvals, policies) = (configuration.ServerRules.Approvals.Length, configuration.ServerRules.Policies.Length);
        if (bytes is null)
        {
            return approvals + policies > 0
                ? new Checkup(name, CheckupState.Passed, $"`{branch}` has no `{StarterFile.Path}`; {approvals + policies} rules of gate.yaml may apply", [])
                : new Checkup(
                    name, CheckupState.Failed, $"`{branch}` has no `{StarterFile.Path}`, and gate.yaml has no rules: every change is denied",
                    [$"Run `gate connect {reach.Connection.Name} {repository.Path} --starter`."]);
        }

        var read = RuleFileReader.Read(bytes.Value, [.. configuration.Bundles.Select(bundle => bundle.Name)]);
        return read.Problems.IsEmpty
            ? new Checkup(name, CheckupState.Passed, $"`{StarterFile.Path}` on `{branch}` is in order", [])
            : new Checkup(
                name, CheckupState.Failed, $"`{StarterFile.Path}` on `{branch}` is broken, so nothing can be judged: {read.Problems[0]}",
                ["Repair it on the branch; `gate config check` lists every problem."]);
    }

    private static string Mend(TroubleKind kind, Connection connection, RepositoryKey repository) => kind switch
    {
        TroubleKind.Forbidden => $"Give connection `{connection.Name}` credentials that are valid and may read `{repository.Path}`.",
        TroubleKind.Missing => $"See that `{repository.Path}` is written as the forge writes it, and that the credentials may see it.",
        TroubleKind.Refused or TroubleKind.Unavailable or TroubleKind.Unclear =>
            $"See that the gate reaches `{connection.ApiUrl}`: address, proxy, certificate, firewall.",
    };

    private static async Task<Checkup> TryAsync(string name, Func<Task<Checkup>> look)
    {
        try
        {
            return await look();
        }
        catch (ForgeTroubleException trouble)
        {
            return new Checkup(name, CheckupState.Unknown, trouble.Message, []);
        }
        catch (GitTroubleException trouble)
        {
            return new Checkup(name, CheckupState.Unknown, trouble.Message, []);
        }
    }
}
