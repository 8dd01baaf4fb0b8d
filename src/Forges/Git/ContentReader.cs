using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Facts;
using GitOpsGate.Facts.Documents;

namespace GitOpsGate.Forges.Git;

/// <summary>Reads what a change is: its commits, its files, and the documents among them.</summary>
internal static class ContentReader
{
    private sealed record Candidate(int Index, GitObject Blob, string? Chart);

    /// <summary>The commits and the changed files without their sizes; <see cref="AddFilesAsync"/> adds these and the documents.</summary>
    public static async Task<DiffContent> ReadAsync(
        GitCommand git, CommitId tip, CommitId mergeBase, CommitId head, CancellationToken cancellation)
    {
        var max = git.Options.MaxCommits;
        var listing = git.LocalAsync(
            cancellation, "rev-list", "--header", "--topo-order", "--reverse", $"--max-count={max + 1}", head.Value, "^" + tip.Value);
        var diffing = git.RunAsync(
            cancellation,
            "diff-tree", "-r", "-M", "--raw", "--numstat", "-p", "-U0", "-z", "--no-ext-diff", "--no-textconv", "--no-color",
            mergeBase.Value, head.Value);
        await Task.WhenAll(listing, diffing);
        var (list, diff) = (await listing, await diffing);
        if (list.Code != 0 || list.IsCut) throw git.Trouble($"git rev-list failed: {list.Errors}", isPermanent: list.IsCut);
        if (diff.Code != 0 && !diff.IsCut) throw git.Trouble($"git diff-tree failed: {diff.Errors}", isPermanent: false);
        var entries = TreeDiff.Read(diff, git.Options) ?? throw git.Trouble("the change has too many files to list", isPermanent: true);
        var commits = CommitList.Read(list.Text);
        var problems = new List<ContentProblem>();
        if (commits.Length > max)
            problems.Add(new ContentProblem(ContentProblem.Whole, 0, $"the change has more than {max} commits; only the newest are listed"));
        if (entries.Count > git.Options.MaxChangedFiles)
        {
            var most = git.Options.MaxChangedFiles;
            problems.Add(new ContentProblem(ContentProblem.Whole, 0, $"the change has {entries.Count} files; only {most} are listed"));
        }

        entries.Sort(static (one, other) => string.CompareOrdinal(one.File.Path, other.File.Path));
        var content = new Content
        {
            Base = tip,
            MergeBase = mergeBase,
            Head = head,
            Commits = [.. commits.TakeLast(max)],
            Problems = [.. problems],
        };
        return new DiffContent(content, [.. entries.Take(git.Options.MaxChangedFiles)]);
    }

    /// <summary>Adds the files' sizes, and reads the documents among them.</summary>
    public static async Task<Content> AddFilesAsync(GitCommand git, GitObjects objects, DiffContent diff, CancellationToken cancellation)
    {
        var (content, entries) = diff;
        var present = Enumerable.Range(0, entries.Length).Where(i => entries[i].File.Mode is not ("" or "160000")).ToList();
        var charts = present.Select(i => DocumentReader.ChartOf(entries[i].File.Path)).OfType<string>()
            .Where(chart => !chart.Any(char.IsControl)).Distinct().ToList();
        var names = present.Select(i => entries[i].Blob).Concat(charts.Select(chart => $"{content.Head}:{chart}")).ToList();
        var found = await objects.DescribeAsync(names, cancellation);
        var files = entries.Select(entry => entry.File).ToArray();
        var candidates = new List<Candidate>();
        for (var i = 0; i < present.Count; i++)
        {
            if (found[i] is not { } blob) throw git.Trouble($"the content of `{files[present[i]].Path}` cannot be had", isPermanent: false);
            files[present[i]] = files[present[i]] with { Size = blob.Size };
            if (!DocumentReader.IsDocument(files[present[i]].Path)) continue;
            var at = charts.IndexOf(DocumentReader.ChartOf(files[present[i]].Path) ?? "");
            candidates.Add(new Candidate(present[i], blob, at >= 0 && found[present.Count + at] is not null ? charts[at] : null));
        }

        var documents = ImmutableArray.CreateBuilder<Document>();
        var problems = content.Problems.ToBuilder();
        var left = git.Options.MaxDocumentBytes;
        foreach (var candidate in candidates)
        {
            var file = files[candidate.Index];
            if (Refusal(file, left) is { } why)
            {
                problems.Add(new ContentProblem(file.Path, 0, why));
                continue;
            }

            left -= file.Size;
            var bytes = await objects.ReadAsync(candidate.Blob, cancellation);
            var reading = DocumentReader.Read(file.Path, bytes.AsMemory(0, (int)file.Size), candidate.Chart is not null);
            documents.AddRange(reading.Documents);
            problems.AddRange(reading.Problems);
        }

        return content with { Files = [.. files], Documents = documents.ToImmutable(), Problems = problems.ToImmutable() };
    }

    private static string? Refusal(ChangedFile file, long left)
    {
        if (file.Mode == "120000") return "the file is a symbolic link, which is not followed";
        if (file.Size > DocumentReader.MaxBytes) return $"the file has {file.Size} bytes; at most {DocumentReader.MaxBytes} are read";
        return file.Size > left ? "the documents of the change are too large together to be read" : null;
    }
}

/// <summary>What git's listing of a change said.</summary>
/// <param name="Content">All but the files.</param>
/// <param name="Entries">The changed files in ordinal order of their paths, without sizes.</param>
internal sealed record DiffContent(Content Content, ImmutableArray<DiffEntry> Entries);
