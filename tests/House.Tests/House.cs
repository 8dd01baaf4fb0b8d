using System.Xml.Linq;
using Xunit;

namespace GitOpsGate.House.Tests;

/// <summary>The checkout as text: what the bylaws are read from.</summary>
internal static class House
{
    public static string Root { get; } = FindRoot();

    /// <summary>C# and Razor files of a folder, build output and generated migrations excluded, in ordinal order.</summary>
    public static IEnumerable<SourceFile> Sources(string folder) =>
        from path in Files(folder)
        where path.EndsWith(".cs", StringComparison.Ordinal) || path.EndsWith(".razor", StringComparison.Ordinal)
        select new SourceFile(path, File.ReadAllLines(Path.Combine(Root, path)));

    /// <summary>All files below a folder of the repository as relative paths with forward slashes.</summary>
    public static IEnumerable<string> Files(string folder)
    {
        var start = Path.Combine(Root, folder);
        if (!Directory.Exists(start)) return [];
        return Directory.EnumerateFiles(start, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or ".git" or "node_modules" or ".gate" or "artifacts"))
            .Order(StringComparer.Ordinal);
    }

    public static XElement Project(string path) => XElement.Load(Path.Combine(Root, path));

    /// <summary>The last part of each project reference of a project, in ordinal order.</summary>
    public static string[] References(string project) =>
        [.. Project(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .Order(StringComparer.Ordinal)];

    public static string[] Packages(string project) =>
        [.. Project(project).Descendants("PackageReference")
            .Select(reference => reference.Attribute("Include")!.Value).Order(StringComparer.Ordinal)];

    /// <summary>Fails with everything that was found, a line each.</summary>
    public static void FindsNothing(IEnumerable<string> found)
    {
        var list = found.ToArray();
        Assert.True(list.Length == 0, $"{list.Length} found:\n{string.Join('\n', list)}");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GitOpsGate.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("the bylaws are checked inside a checkout: no folder above holds `GitOpsGate.sln`");
    }
}

/// <summary>One source file.</summary>
internal sealed record SourceFile(string Path, string[] Lines)
{
    public override string ToString() => Path;
}
