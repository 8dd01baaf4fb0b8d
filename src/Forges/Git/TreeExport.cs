using System.Text;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Git;

/// <summary>
/// Writes the files of a tree into a folder, byte for byte: attributes such as <c>export-ignore</c> and <c>eol</c> do not apply, so that the
/// files are exactly those of the tree id that was approved.
/// </summary>
internal static class TreeExport
{
    private sealed record Item(string Mode, string Id, string Path);

    /// <exception cref="GitTroubleException">A name or a link is refused, it is too much, or the remote failed.</exception>
    public static async Task WriteAsync(Mirror mirror, string tree, string folder, CancellationToken cancellation)
    {
        var git = mirror.Git;
        Directory.CreateDirectory(folder);
        if (Directory.EnumerateFileSystemEntries(folder).Any())
            throw new ArgumentException("the folder to write into must be empty", nameof(folder));
        var listing = await git.LocalAsync(cancellation, "ls-tree", "-r", "-z", "--full-tree", tree);
        if (listing.Code != 0 || listing.IsCut) throw git.Trouble($"git ls-tree failed: {listing.Errors}", isPermanent: listing.IsCut);
        var items = Items(git, listing.Text);
        await FillAsync(git, items, cancellation);
        await mirror.Objects.WithAsync(objects => WriteAllAsync(git, objects, items, folder, cancellation), cancellation);
    }

    private static async Task<bool> WriteAllAsync(
        GitCommand git, GitObjects objects, List<Item> items, string folder, CancellationToken cancellation)
    {
        var sizes = await objects.DescribeAsync([.. items.Select(item => item.Id)], cancellation);
        if (sizes.Sum(size => size?.Size ?? 0) > git.Options.MaxExportedBytes)
            throw git.Trouble($"the files have more than {git.Options.MaxExportedBytes} bytes together", isPermanent: true);
        var links = new List<(string Path, string Target)>();
        for (var i = 0; i < items.Count; i++)
        {
            var content = sizes[i] ?? throw git.Trouble($"the content of `{items[i].Path}` cannot be had", isPermanent: false);
            var path = Path.Combine(folder, items[i].Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (items[i].Mode == "120000") links.Add((path, await TargetAsync(git, objects, items[i], content, cancellation)));
            else await WriteAsync(objects, content, path, items[i].Mode == "100755", cancellation);
        }

        // Links come last: nothing is ever written through one.
        foreach (var (path, target) in links) File.CreateSymbolicLink(path, target);
        return true;
    }

    private static List<Item> Items(GitCommand git, string listing)
    {
        var items = new List<Item>();
        foreach (var line in listing.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = line.IndexOf('\t');
            var parts = line[..tab].Split(' ');
            var item = new Item(parts[0], parts[2], line[(tab + 1)..]);
            if (item.Mode == "160000") throw git.Trouble($"`{item.Path}` is a submodule; submodules are not exported", isPermanent: true);
            if (!item.Path.Split('/').All(IsName)) throw git.Trouble($"`{item.Path}` is not a name to write", isPermanent: true);
            items.Add(item);
        }

        return items.Count <= git.Options.MaxExportedFiles
            ? items
            : throw git.Trouble($"the folder holds {items.Count} files; at most {git.Options.MaxExportedFiles} are exported", isPermanent: true);
    }

    private static bool IsName(string part) =>
        part.Length is > 0 and <= 255 && part is not ("." or "..") && !part.Equals(".git", StringComparison.OrdinalIgnoreCase)
        && !part.Any(letter => letter is '\\' or '\0' || char.IsControl(letter)) && !part.Contains('\uFFFD');

    private static async Task FillAsync(GitCommand git, List<Item> items, CancellationToken cancellation)
    {
        var ids = items.Select(item => item.Id).Distinct().ToList();
        var known = (await git.AskAsync(ids, cancellation, "cat-file", "--batch-check=%(objecttype)")).Text.Split('\n');
        var missing = ids.Where((_, i) => known.ElementAtOrDefault(i) != "blob").ToList();
        if (missing.Count > 0) await git.FetchObjectsAsync(missing, cancellation);
    }

    private static async Task WriteAsync(GitObjects objects, GitObject content, string path, bool isProgram, CancellationToken cancellation)
    {
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        if (isProgram) mode |= UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        await using var file = new FileStream(path, options);
        await objects.CopyAsync(content, file, cancellation);
    }

    // `..` is allowed only at the beginning of a link's target: behind another name it could climb out through a second link.
    private static async Task<string> TargetAsync(
        GitCommand git, GitObjects objects, Item item, GitObject content, CancellationToken cancellation)
    {
        if (content.Size > 4096) throw git.Trouble($"the symbolic link `{item.Path}` is too long", isPermanent: true);
        var target = Encoding.UTF8.GetString((await objects.ReadAsync(content, cancellation)).AsSpan(0, (int)content.Size));
        var parts = target.Split('/');
        var climbs = parts.TakeWhile(part => part == "..").Count();
        var isInside = target.Length > 0 && !target.Contains('\0') && climbs <= item.Path.Count(letter => letter == '/')
            && parts.Skip(climbs).All(part => part is not ("" or "..") && !part.Equals(".git", StringComparison.OrdinalIgnoreCase));
        return isInside
            ? target
            : throw git.Trouble($"the symbolic link `{item.Path}` points outside of the folder", isPermanent: true);
    }
}
