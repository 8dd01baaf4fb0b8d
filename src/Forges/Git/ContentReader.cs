using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Facts;
using GitOpsGate.Facts.Documents;

namespace GitOpsGate.Forges.Git;

/// <summary>Reads what a change is: its commits, its files, and the documents among them.</summary>
internal static class ContentReader
{
    private sealed record Candidate(int Index, GitObject Blob, string? Chart)
    {
        public List<ContentProblem> Problems { get; init; } = [];
    }

    /// <summary>The commits and the changed files without their sizes; <see cref="AddFilesAsync"/> adds these and the documents.</summary>
    public static async Task<DiffContent> ReadAsync(Mirror mirror, ChangeSpan span, CancellationToken cancellation)
    {
        var (git, max, commits) = (mirror.Git, mirror.Git.Options.MaxCommits, span.Commits);
        var diff = await mirror.Diffs.WithAsync(
            diffs => diffs.CompareAsync(span.MergeBase.Tree, span.Head.Tree, cancellation), cancellation);
        var entries = TreeDiff.Read(diff, git.Options) ?? throw git.Trouble("the change has too many files to list", isPermanent: true);
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
            Base = span.Tip.Id,
            MergeBase = span.MergeBase.Id,
            Head = span.Head.Id,
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

        return await AddDocumentsAsync(git, objects, content with { Files = [.. files] }, candidates, cancellation);
    }

    private static async Task<Content> AddDocumentsAsync(
        GitCommand git, GitObjects objects, Content content, List<Candidate> candidates, CancellationToken cancellation)
    {
        var files = content.Files;
        var wanted = new List<Candidate>();
        var found = new List<ContentProblem>[candidates.Count];
        var left = git.Options.MaxDocumentBytes;
        for (var i = 0; i < candidates.Count; i++)
        {
            var file = files[candidates[i].Index];
            found[i] = Refusal(file, left) is { } why ? [new ContentProblem(file.Path, 0, why)] : [];
            if (found[i].Count > 0) continue;
            left -= file.Size;
            wanted.Add(candidates[i] with { Problems = found[i] });
        }

        var documents = ImmutableArray.CreateBuilder<Document>();
        await objects.ReadAllAsync([.. wanted.Select(candidate => candidate.Blob)], Take, cancellation);
        return content with
        {
            Documents = documents.ToImmutable(),
            // In the order of the files, whether they were refused or could not be parsed.
            Problems = [.. content.Problems, .. found.SelectMany(problems => problems)],
        };

        void Take(int place, byte[] bytes)
        {
            var (index, _, chart) = wanted[place];
            var reading = DocumentReader.Read(files[index].Path, bytes, chart is not null);
            documents.AddRange(reading.Documents);
            wanted[place].Problems.AddRange(reading.Problems);
        }
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
