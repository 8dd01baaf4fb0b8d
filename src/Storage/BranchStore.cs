using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Storage.Reading;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage;

/// <summary>How far the guarded branches are covered.</summary>
internal sealed class BranchStore(Database database) : IBranchStore
{
    public async Task<BranchStanding?> OfAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var key = repository.ToString();
        await using var read = database.Read();
        return await read.Branches.FirstOrDefaultAsync(row => row.Repository == key && row.Name == branch, cancellation) is { } row
            ? Standing(row)
            : null;
    }

    public async Task<ImmutableArray<BranchStanding>> OfRepositoryAsync(RepositoryKey repository, int limit, CancellationToken cancellation)
    {
        var key = repository.ToString();
        await using var read = database.Read();
        var rows = await read.Branches.Where(row => row.Repository == key)
            .OrderByDescending(row => row.UpdatedMilliseconds).ThenBy(row => row.Name).Take(limit).ToListAsync(cancellation);
        return [.. rows.Select(Standing)];
    }

    public async Task<string?> CoveredAtAsync(
        RepositoryKey repository, string? branch, CommitId commit, CancellationToken cancellation)
    {
        var names = await database.ListAsync(
            "SELECT name FROM covered_commit WHERE repository = @repository AND commit_id = @commit ORDER BY at_ms, name",
            row => row.GetString(0), cancellation, ("repository", repository.ToString()), ("commit", commit.Value));
        return names.FirstOrDefault(name => branch is null || name == branch);
    }

    public async Task<CommitId> FirstCoveredAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var found = await database.ListAsync(
            "SELECT commit_id FROM covered_commit WHERE repository = @repository AND name = @name ORDER BY at_ms, commit_id LIMIT 1",
            row => row.GetString(0), cancellation, ("repository", repository.ToString()), ("name", branch));
        return found.IsEmpty ? default : CommitId.Parse(found[0]);
    }

    public async Task<ImmutableArray<BranchStanding>> HeldAsync(int limit, CancellationToken cancellation)
    {
        await using var read = database.Read();
        var rows = await read.Branches.Where(row => row.HeldMilliseconds != null)
            .OrderBy(row => row.HeldMilliseconds).ThenBy(row => row.Repository).ThenBy(row => row.Name).Take(limit).ToListAsync(cancellation);
        return [.. rows.Select(Standing)];
    }

    public Task<bool> AdoptAsync(RepositoryKey repository, string branch, CommitId tip, DateTimeOffset now, CancellationToken cancellation) =>
        database.Writer.WriteAsync(session => Adopt(session.Sql, repository, branch, tip, now), cancellation);

    /// <summary>Moves a branch inside a transaction, when it is still as it was looked at.</summary>
    /// <exception cref="BranchMovedException">It is not.</exception>
    public static void Move(Session sql, BranchMove move, DateTimeOffset at)
    {
        var (was, now) = move;
        var (held, controls) = (now.HeldSince?.ToUnixTimeMilliseconds(), now.Controls == BranchControls.None ? "" : StoredJson.Write(now.Controls));
        var changed = was is null
            ? sql.Execute(
                """
                INSERT INTO branch (repository, name, covered, ordered, seen, held_ms, controls, updated_ms)
                VALUES (@repository, @name, @covered, @ordered, @seen, @held, @controls, @at) ON CONFLICT (repository, name) DO NOTHING
                """,
                now.Repository.ToString(), now.Branch, now.Covered.Value, now.Ordered.Value, now.Seen.Value, held, controls,
                at.ToUnixTimeMilliseconds())
            : sql.Execute(
                """
                UPDATE branch SET covered = @covered, ordered = @ordered, seen = @seen, held_ms = @held, controls = @controls, updated_ms = @at
                WHERE repository = @repository AND name = @name AND covered = @wasCovered AND ordered = @wasOrdered AND seen = @wasSeen
                """,
                now.Covered.Value, now.Ordered.Value, now.Seen.Value, held, controls, at.ToUnixTimeMilliseconds(), now.Repository.ToString(), now.Branch,
                was.Covered.Value, was.Ordered.Value, was.Seen.Value);
        if (changed != 1) throw new BranchMovedException(now.Branch);
        Cover(sql, now.Repository, now.Branch, now.Covered, at);
    }

    private static bool Adopt(Session sql, RepositoryKey repository, string branch, CommitId tip, DateTimeOffset now)
    {
        var adopted = sql.Execute(
            """
            UPDATE branch SET covered = seen, held_ms = NULL, updated_ms = @now
            WHERE repository = @repository AND name = @branch AND seen = @tip AND held_ms IS NOT NULL
            """,
            now.ToUnixTimeMilliseconds(), repository.ToString(), branch, tip.Value) == 1;
        if (adopted) Cover(sql, repository, branch, tip, now);
        return adopted;
    }

    private static void Cover(Session sql, RepositoryKey repository, string branch, CommitId commit, DateTimeOffset at)
    {
        if (commit.IsNone) return;
        sql.Execute(
            """
            INSERT INTO covered_commit (repository, name, commit_id, at_ms) VALUES (@repository, @name, @commit, @at)
            ON CONFLICT (repository, commit_id, name) DO NOTHING
            """,
            repository.ToString(), branch, commit.Value, at.ToUnixTimeMilliseconds());
    }

    private static BranchStanding Standing(BranchRow row)
    {
        var colon = row.Repository.IndexOf(':', StringComparison.Ordinal);
        return new BranchStanding
        {
            Repository = new RepositoryKey(new ConnectionName(row.Repository[..colon]), row.Repository[(colon + 1)..]),
            Branch = row.Name,
            Covered = Commit(row.Covered),
            Ordered = Commit(row.Ordered),
            Seen = Commit(row.Seen),
            HeldSince = row.HeldMilliseconds is { } held ? DateTimeOffset.FromUnixTimeMilliseconds(held) : null,
            Controls = row.Controls.Length == 0 ? BranchControls.None : StoredJson.Read<BranchControls>(row.Controls),
        };
    }

    private static CommitId Commit(string text) => text.Length == 0 ? default : CommitId.Parse(text);
}
