using System.Globalization;
using System.Text;
using GitOpsGate.Fakes.GitHub;

namespace GitOpsGate.StatusBench;

/// <summary>A repository of the fake GitHub with rules, and approved pull requests of many files that nobody has told the gate of.</summary>
internal sealed class Changes(FakeGitHub forge, GitHubRepository repository)
{
    private const int Areas = 10;
    private int _made;

    /// <summary>Makes the repository; its file of rules asks for one approval in each of ten areas.</summary>
    public static async Task<Changes> SetAsync(FakeGitHub forge)
    {
        var repository = await forge.AddRepositoryAsync("acme/shop");
        var rules = new StringBuilder("version: 1\napprovals:\n");
        for (var area = 0; area < Areas; area++)
        {
            rules.Append(CultureInfo.InvariantCulture, $$"""
                  - name: area-{{area}}
                    when: { paths: ["area{{area}}/**"] }
                    requires: { count: 1 }

                """);
        }

        await forge.PushAsync(repository, "alice", "main", "Rules", (".gitopsgate.yaml", rules.ToString()));
        return new Changes(forge, repository);
    }

    /// <summary>Opens a pull request of so many files that bob has approved.</summary>
    public async Task<GitHubPull> OpenAsync(int files)
    {
        var number = ++_made;
        var changed = Enumerable.Range(0, files)
            .Select(file => ($"area{file % Areas}/settings-{file}.txt", (string?)$"change {number}, file {file}\n"))
            .ToArray();
        await forge.PushAsync(repository, "alice", $"change-{number}", $"Change {number}", changed);
        var pull = await forge.OpenPullAsync(repository, "alice", $"change-{number}", $"Change {number}");
        await forge.ReviewAsync(pull, "bob", "APPROVED");
        return pull;
    }

    /// <summary>The gate's status on a pull request's head, or null.</summary>
    public GitHubStatus? StatusOf(GitHubPull pull)
    {
        try
        {
            return repository.Status(pull.Head, "gitops-gate");
        }
        catch (InvalidOperationException)
        {
            // The list grew while it was looked through.
            return null;
        }
    }
}
