using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>What a covered push has dispatched: one order for each target of the environments that read its branch. Safe to call concurrently.</summary>
public sealed class PushOrders(GateConfiguration configuration, IGitMirror mirror, IIdentities identities)
{
    /// <summary>Whether something is deployed from the branch.</summary>
    public bool Any(RepositoryKey repository, string branch) => EnvironmentsOf(repository, branch).Any();

    /// <summary>
    /// The orders of a covered push; none for an environment whose part of the repository is not there, or is what was ordered last.
    /// </summary>
    /// <exception cref="GitTroubleException">Git could not be asked.</exception>
    public async Task<ImmutableArray<DispatchOrder>> OfAsync(
        Reach reach, Concern.Push push, CoverageReport coverage, DateTimeOffset now, CancellationToken cancellation)
    {
        if (coverage.Kind != CoverageKind.Covered) return [];
        var step = coverage.Steps[^1];
        var ordered = coverage.Move.Was?.Ordered ?? push.Before;
        var orders = ImmutableArray.CreateBuilder<DispatchOrder>();
        foreach (var environment in EnvironmentsOf(push.Repository, push.Branch))
        {
            if (await TreeToOrderAsync(reach, push, ordered, environment, cancellation) is not { } tree) continue;
            orders.AddRange(environment.Targets.Select(target => new DispatchOrder
            {
                Id = OrderId(push, ordered, environment, target),
                Environment = environment.Name,
                Target = target,
                Repository = push.Repository,
                Branch = push.Branch,
                Commit = push.After,
                Tree = tree,
                Path = environment.Path,
                Ruling = step.Ruling.Id,
                Change = step.Change.Change.Key,
                OrderedAt = now,
            }));
        }

        return orders.ToImmutable();
    }

    /// <summary>The audit entries of orders of one push, each with who stands behind all that it brings, by opaque references.</summary>
    public async Task<ImmutableArray<AuditDraft>> EntriesAsync(
        Reach reach, CoverageReport coverage, ImmutableArray<DispatchOrder> orders, CancellationToken cancellation)
    {
        if (orders.IsEmpty) return [];
        var standing = await new OrderStanding(identities).OfAsync(reach.Forge.Name, coverage.Steps, cancellation);
        return [.. orders.Select(order => PushEntries.Requested(order, standing))];
    }

    // The same move of the same place is the same order, however often it is told.
    private static string OrderId(Concern.Push push, CommitId ordered, EnvironmentSource environment, string target)
    {
        string[] parts = [environment.Name, target, push.Repository.ToString(), push.Branch, ordered.Value, push.After.Value];
        return $"o_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..40]}";
    }

    private async Task<string?> TreeToOrderAsync(
        Reach reach, Concern.Push push, CommitId ordered, EnvironmentSource environment, CancellationToken cancellation)
    {
        var tree = await mirror.TreeAsync(reach.Connection, push.Repository, push.After, environment.Path, cancellation);
        if (tree is null || ordered.IsNone || environment.Path.Length == 0) return tree;
        return await mirror.TreeAsync(reach.Connection, push.Repository, ordered, environment.Path, cancellation) == tree ? null : tree;
    }

    // Forges take a repository's name in either case of letters.
    private IEnumerable<EnvironmentSource> EnvironmentsOf(RepositoryKey repository, string branch) =>
        configuration.Environments.Where(environment =>
            environment.Repository.Connection == repository.Connection
            && string.Equals(environment.Repository.Path, repository.Path, StringComparison.OrdinalIgnoreCase)
            && environment.Branch == branch);
}
