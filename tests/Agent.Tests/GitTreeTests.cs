using System.Diagnostics;
using GitOpsGate.Agent.Engines;
using Xunit;

namespace GitOpsGate.Agent.Tests;

/// <summary>The tree id that the agent derives is the one that Git itself gives.</summary>
public class GitTreeTests
{
    [Theory]
    [InlineData("sha1", 40)]
    [InlineData("sha256", 64)]
    public void It_is_what_git_says_for_links_programs_and_names_that_are_hard_to_sort(string format, int digits)
    {
        var folder = Directory.CreateTempSubdirectory("gitopsgate-tree-");
        try
        {
            var files = folder.CreateSubdirectory("files").FullName;
            foreach (var name in (string[])["a/x", "a.txt", "a0", "a-b", "Z", "ä/ö.txt", "deep/er/and/deeper", "empty"])
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(files, name))!);
                File.WriteAllText(Path.Combine(files, name), name == "empty" ? "" : $"{name}\r\n");
            }

            File.WriteAllText(Path.Combine(files, "run"), "#!/bin/sh\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(files, "run"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.CreateSymbolicLink(Path.Combine(files, "latest"), "deep/er");
            File.CreateSymbolicLink(Path.Combine(files, "deep", "up"), "../a.txt");
            Directory.CreateDirectory(Path.Combine(files, "nothing", "in", "it"));
            var repository = Path.Combine(folder.FullName, "repository");
            Git("init", "-q", "--bare", $"--object-format={format}", repository);
            Git($"--git-dir={repository}", $"--work-tree={files}", "-c", "core.autocrlf=false", "-c", "core.fileMode=true", "add", "-A", files);

            Assert.Equal(Git($"--git-dir={repository}", "write-tree").Trim(), GitTree.IdOf(files, digits));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_folder_without_files_is_gits_empty_tree()
    {
        var folder = Directory.CreateTempSubdirectory("gitopsgate-tree-");
        Assert.Equal("4b825dc642cb6eb9a060e54bf8d69288fbee4904", GitTree.IdOf(folder.FullName, 40));
        folder.Delete();
    }

    private static string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true })!;
        var said = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return said;
    }
}
