using System.Globalization;
using System.Text;
using GitOpsGate.Fakes.GitHub;

namespace GitOpsGate.StatusBench;

/// <summary>A repository of the fake GitHub with rules, and approved pull requests of many YAML files that nobody has told the gate of.</summary>
/// <param name="files">How many files each pull request changes; all of them stand on the target branch.</param>
internal sealed class Changes(FakeGitHub forge, GitHubRepository repository, string rules, int files)
{
    private const int Areas = 10;
    private int _made;

    /// <summary>What the repository's rules are, in two words.</summary>
    public string Rules => rules;

    /// <summary>Makes a repository whose file of rules asks for one approval in each of ten areas.</summary>
    public static Task<Changes> WithApprovalsAsync(FakeGitHub forge, int files)
    {
        var text = new StringBuilder("version: 1\napprovals:\n");
        for (var area = 0; area < Areas; area++)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                  - name: area-{{area}}
                    when: { paths: ["area{{area}}/**"] }
                    requires: { count: 1 }

                """);
        }

        return SetAsync(forge, "acme/shop", $"{Areas} approval rules", text.ToString(), files);
    }

    /// <summary>Makes a repository where each of the policies in a folder is asked about every changed file, and one approval is due.</summary>
    public static Task<Changes> WithPoliciesAsync(FakeGitHub forge, string policies, int files)
    {
        var text = new StringBuilder("version: 1\napprovals:\n  - name: one\n    requires: { count: 1 }\npolicies:\n");
        var names = Directory.EnumerateFiles(policies, "*.rego").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            text.Append(CultureInfo.InvariantCulture, $"  - name: {name}\n    bundle: bench\n    package: bench.{name}\n");
        }

        return SetAsync(forge, "acme/platform", $"{names.Count} Rego policies", text.ToString(), files);
    }

    /// <summary>Opens a pull request that changes all files and that bob has approved.</summary>
    public async Task<GitHubPull> OpenAsync()
    {
        var number = ++_made;
        await forge.PushAsync(repository, "alice", $"change-{number}", $"Change {number}", [.. Files(files, number)]);
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

    private static async Task<Changes> SetAsync(FakeGitHub forge, string path, string rules, string ruleFile, int files)
    {
        var repository = await forge.AddRepositoryAsync(path);
        await forge.PushAsync(repository, "alice", "main", "Rules", [(".gitopsgate.yaml", ruleFile), .. Files(files, 0)]);
        return new Changes(forge, repository, rules, files);
    }

    private static IEnumerable<(string Path, string? Text)> Files(int count, int revision) =>
        Enumerable.Range(0, count).Select(file => ($"area{file % Areas}/service-{file}.yaml", (string?)Service(file, revision)));

    private static string Service(int number, int revision) => $$"""
        name: service-{{number}}
        revision: {{revision}}
        tier: {{(number % 2 == 0 ? "gold" : "silver")}}
        runbook: https://runbooks.example.org/service-{{number}}
        replicas: {{2 + (number % 7)}}
        image: registry.example.org/service-{{number}}@sha256:{{new string("0123456789abcdef"[revision % 16], 64)}}
        labels: {owner: team-{{number % 5}}, part-of: shop}
        regions: [eu-west-1, eu-central-1]
        ports:
          - {number: {{8000 + number}}, name: http}
          - {name: metrics, number: 9090}
        limits: {memory: 256Mi, cpu: 500m}
        env:
          - {name: LOG_LEVEL, value: info}
          - {name: REVISION, value: "{{revision}}"}

        """;
}
