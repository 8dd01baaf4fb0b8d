using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Git;

/// <summary>A commit that must be in the mirror.</summary>
/// <param name="Commit">The commit, or none for whatever <paramref name="RemoteRef"/> stands at now.</param>
/// <param name="LocalRef">The ref that keeps it, so that the next fetch can tell the forge what is there already.</param>
/// <param name="RemoteRef">Where a forge that serves no commit by its id has it, or null when that is not known.</param>
internal sealed record Want(CommitId Commit, string LocalRef, string? RemoteRef);

/// <summary>Brings commits into a mirror: those that are missing, and nothing else.</summary>
internal static class MirrorFetch
{
    private static readonly string[] RefusesIds = ["unadvertised object", "not our ref", "couldn't find remote ref"];

    /// <summary>Whether nothing was ever fetched.</summary>
    public static bool IsEmpty(GitCommand git) => !Directory.Exists(Path.Combine(git.Folder, "refs", "gate"));

    /// <summary>Makes sure that the commits are there; asks the forge only when one is missing. Alone on its mirror.</summary>
    /// <returns>The commits that are wanted, in their order.</returns>
    /// <exception cref="GitTroubleException">The forge failed, or a commit is gone.</exception>
    public static async Task<ImmutableArray<CommitId>> EnsureAsync(GitCommand git, IReadOnlyList<Want> wants, CancellationToken cancellation)
    {
        var isNew = !Directory.Exists(Path.Combine(git.Folder, "objects"));
        if (isNew) await InitAsync(git, wants.Max(want => want.Commit.Value.Length) == 64, cancellation);
        var missing = isNew ? wants : await MissingAsync(git, wants, cancellation);
        if (missing.Count > 0)
        {
            // The first fetch leaves file contents out (a server that cannot do so sends them); later ones are small and take all.
            var isFirst = IsEmpty(git);
            var output = await FetchAsync(git, missing, want => want.Commit.IsNone ? want.RemoteRef : want.Commit.Value, isFirst, cancellation);
            if (output.Code != 0 && missing.Any(want => want.RemoteRef is not null) && RefusesIds.Any(output.Errors.Contains))
                output = await FetchAsync(git, missing, want => want.RemoteRef, leavesContents: false, cancellation);
            if (output.Code != 0) throw Failed(git, output.Errors);
            var gone = (await MissingAsync(git, missing, cancellation)).FirstOrDefault(want => !want.Commit.IsNone);
            if (gone is not null) throw git.Trouble($"commit `{gone.Commit}` is gone", isPermanent: true);
        }

        var found = ImmutableArray.CreateBuilder<CommitId>();
        foreach (var want in wants) found.Add(want.Commit.IsNone ? await git.CommitAsync(want.LocalRef, cancellation) : want.Commit);
        return found.ToImmutable();
    }

    /// <summary>
    /// Puts a mirror right after a git that was ended by force, before anybody else uses it: removes its lock files, which would stop every
    /// later fetch, and undoes its changes to the configuration.
    /// </summary>
    public static void Repair(GitCommand git)
    {
        if (!Directory.Exists(git.Folder)) return;
        Unlock(git);
        git.RestoreConfig();
    }

    private static void Unlock(GitCommand git)
    {
        foreach (var file in Directory.EnumerateFiles(git.Folder, "*.lock", SearchOption.AllDirectories)) File.Delete(file);
    }

    private static async Task InitAsync(GitCommand git, bool isSha256, CancellationToken cancellation)
    {
        // Made aside and moved into place, so that a mirror is either absent or whole.
        var aside = git.Folder + ".new";
        if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);
        Directory.CreateDirectory(aside);
        var maker = git.At(aside);
        var output = await maker.LocalAsync(
            cancellation, "init", "--quiet", "--bare", "--template=", "--initial-branch=none",
            isSha256 ? "--object-format=sha256" : "--object-format=sha1");
        if (output.Code != 0) throw git.Trouble($"git init failed: {output.Errors}", isPermanent: false);
        maker.KeepConfig();
        Directory.Move(aside, git.Folder);
    }

    private static async Task<IReadOnlyList<Want>> MissingAsync(GitCommand git, IReadOnlyList<Want> wants, CancellationToken cancellation)
    {
        var known = wants.Where(want => !want.Commit.IsNone).ToList();
        if (known.Count == 0) return wants;
        var output = await git.AskAsync(known.Select(want => want.Commit.Value), cancellation, "cat-file", "--batch-check=%(objecttype)");
        var kinds = output.Text.Split('\n');
        return [.. wants.Where(want => want.Commit.IsNone || kinds.ElementAtOrDefault(known.IndexOf(want)) != "commit")];
    }

    private static async Task<GitOutput> FetchAsync(
        GitCommand git, IReadOnlyList<Want> wants, Func<Want, string?> source, bool leavesContents, CancellationToken cancellation)
    {
        var refspecs = wants.Where(want => source(want) is not null).Select(want => $"+{source(want)}:{want.LocalRef}").ToList();
        var isDone = false;
        try
        {
            // Even a fetch of everything names a filter, because git would otherwise demand the contents that the first one left out.
            var filter = leavesContents ? "--filter=blob:none" : "--filter=blob:limit=1g";
            var output = await git.RunAsync(
                cancellation,
                ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--force", filter, "origin", .. refspecs]);
            isDone = true;
            return output;
        }
        finally
        {
            if (!isDone) Unlock(git);
        }
    }

    private static GitTroubleException Failed(GitCommand git, string errors)
    {
        var isPermanent = RefusesIds.Any(errors.Contains) || errors.Contains("fsck error") || errors.Contains("error in object");
        return git.Trouble($"git fetch failed: {errors}", isPermanent);
    }
}
