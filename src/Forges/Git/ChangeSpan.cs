using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.Git;

/// <summary>What lies between a target branch and a head.</summary>
/// <param name="Tip">The commit of the target branch.</param>
/// <param name="Commits">The commits of the change, oldest first; of very many only the newest.</param>
internal sealed record ChangeSpan(CommitNode Tip, CommitNode MergeBase, CommitNode Head, ImmutableArray<Commit> Commits)
{
    // Beyond these git is asked: it is quicker then, and knows every case.
    private const int MostSteps = 2_000;

    /// <summary>Finds the merge base and the commits.</summary>
    /// <exception cref="Ports.GitTroubleException">A commit is not there, or there is no history in common.</exception>
    public static async Task<ChangeSpan> OfAsync(Mirror mirror, CommitId tip, CommitId head, CancellationToken cancellation) =>
        await mirror.Known.WithAsync(objects => StraightAsync(mirror, objects, tip, head, cancellation), cancellation)
        ?? await ByGitAsync(mirror, tip, head, cancellation);

    /// <summary>
    /// The usual case without a process: one line of commits from the merge base to the head. Null when git is to be asked, which orders
    /// merges and chooses between several merge bases.
    /// </summary>
    private static async Task<ChangeSpan?> StraightAsync(
        Mirror mirror, GitObjects objects, CommitId tip, CommitId head, CancellationToken cancellation)
    {
        if (await MeetAsync(mirror.Commits, objects, tip, head, cancellation) is not { } meeting) return null;
        var line = new List<CommitId>();
        var at = await mirror.Commits.FindAsync(objects, head, cancellation);
        while (at is not null && at.Id != meeting.Id)
        {
            line.Add(at.Id);
            if (at.Parents.Length != 1 || line.Count > MostSteps) return null;
            at = await mirror.Commits.FindAsync(objects, at.Parents[0], cancellation);
        }

        if (at is null) return null;
        var commits = ImmutableArray.CreateBuilder<Commit>();
        foreach (var id in line.Take(mirror.Git.Options.MaxCommits + 1).Reverse())
        {
            if (await CommitCache.RawAsync(objects, id, cancellation) is not { } bytes) return null;
            var (commit, _, isPlain) = CommitList.Raw(id, bytes);
            if (!isPlain) return null;
            commits.Add(commit);
        }

        return await mirror.Commits.FindAsync(objects, tip, cancellation) is { } first
            && await mirror.Commits.FindAsync(objects, head, cancellation) is { } last
            ? new ChangeSpan(first, meeting, last, commits.ToImmutable())
            : null;
    }

    // Paints what either side reaches, newest first, until all that is left lies below a commit that both reach. Like git, it looks at a
    // commit again when it turns out that another side reaches it, since clocks lie.
    private static async Task<CommitNode?> MeetAsync(
        CommitCache commits, GitObjects objects, CommitId tip, CommitId head, CancellationToken cancellation)
    {
        var sides = new Dictionary<CommitId, Side>();
        var queue = new PriorityQueue<CommitNode, long>();
        var met = new Dictionary<CommitId, CommitNode>();
        if (!await PaintAsync(tip, Side.Branch) || !await PaintAsync(head, Side.Change)) return null;
        for (var steps = 0; queue.UnorderedItems.Any(item => !sides[item.Element.Id].HasFlag(Side.Below)); steps++)
        {
            if (steps == MostSteps) return null;
            var node = queue.Dequeue();
            var side = sides[node.Id];
            if (side == Side.Both)
            {
                met[node.Id] = node;
                side |= Side.Below;
            }

            foreach (var parent in node.Parents)
            {
                if (!await PaintAsync(parent, side)) return null;
            }
        }

        var best = met.Values.Where(node => !sides[node.Id].HasFlag(Side.Below)).ToList();
        return best.Count == 1 ? best[0] : null;

        async Task<bool> PaintAsync(CommitId id, Side side)
        {
            var before = sides.GetValueOrDefault(id);
            if ((before & side) == side) return true;
            if (await commits.FindAsync(objects, id, cancellation) is not { } node) return false;
            sides[id] = before | side;
            queue.Enqueue(node, -node.CommittedAt.ToUnixTimeSeconds());
            return true;
        }
    }

    private static async Task<ChangeSpan> ByGitAsync(Mirror mirror, CommitId tip, CommitId head, CancellationToken cancellation)
    {
        var git = mirror.Git;
        var meeting = await git.LocalAsync(cancellation, "merge-base", tip.Value, head.Value);
        if (meeting.Code == 1) throw git.Trouble($"`{head.Short}` and the target branch have no history in common", isPermanent: true);
        if (meeting.Code != 0) throw git.Trouble($"git merge-base failed: {meeting.Errors}", isPermanent: false);
        var list = await git.LocalAsync(
            cancellation, "rev-list", "--header", "--topo-order", "--reverse", $"--max-count={git.Options.MaxCommits + 1}", head.Value,
            "^" + tip.Value);
        if (list.Code != 0 || list.IsCut) throw git.Trouble($"git rev-list failed: {list.Errors}", isPermanent: list.IsCut);
        return new ChangeSpan(
            await NodeAsync(mirror, tip, cancellation),
            await NodeAsync(mirror, CommitId.Parse(meeting.Text.Trim()), cancellation),
            await NodeAsync(mirror, head, cancellation),
            CommitList.Read(list.Text));
    }

    private static async Task<CommitNode> NodeAsync(Mirror mirror, CommitId id, CancellationToken cancellation) =>
        await mirror.Known.WithAsync(objects => mirror.Commits.FindAsync(objects, id, cancellation), cancellation)
        ?? throw mirror.Git.Trouble($"commit `{id}` cannot be read", isPermanent: false);

    [Flags]
    private enum Side
    {
        None = 0,
        Branch = 1,
        Change = 2,
        Both = 3,

        /// <summary>Below a commit that both reach.</summary>
        Below = 4,
    }
}
