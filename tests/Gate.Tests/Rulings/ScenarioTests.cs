using System.Runtime.CompilerServices;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Facts;
using GitOpsGate.Rulings;
using Xunit;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace GitOpsGate.Gate.Tests.Rulings;

/// <summary>Evidence in, ruling out: the tables in <c>Scenarios/</c>.</summary>
public class ScenarioTests
{
    public static TheoryData<string> Names => [.. All.Keys.Order(StringComparer.Ordinal)];

    private static readonly Dictionary<string, Scenario> All = Load();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_scenario_is_ruled_as_its_table_says(string name)
    {
        var scenario = All[name];
        var judge = new Judge(SomeEvidence.Configuration, new TableEngine());
        var (ruling, _) = await judge.JudgeAsync(
            scenario.ToEvidence(), new RulingId(Guid.Empty), SomeEvidence.Noon.AddHours(1), TestContext.Current.CancellationToken);
        var told = string.Join('\n', ruling.Findings.Select(finding => $"{finding.Weight} {finding.Rule}: {finding.Message}")
            .Concat(ruling.Requirements.Select(rule => rule.Sentence))
            .Concat(ruling.Requirements.SelectMany(rule => rule.Dismissed).Select(gone => $"{gone.By.Login} {gone.Why}"))
            .Concat(ruling.WayToGreen));
        Assert.True(scenario.Verdict == ruling.Verdict.ToString(), $"{ruling.Verdict}\n{told}");
        Assert.All(scenario.Says, says => Assert.Contains(says, told, StringComparison.Ordinal));
    }

    internal static Evidence EvidenceOf(string name) => All[name].ToEvidence();

    private static Dictionary<string, Scenario> Load([CallerFilePath] string caller = "")
    {
        var folder = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(caller))!, "Scenarios");
        var reader = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build();
        return Directory.GetFiles(folder, "*.yaml").SelectMany(file => reader.Deserialize<List<Scenario>>(File.ReadAllText(file)))
            .ToDictionary(scenario => scenario.Name);
    }

    public sealed class Scenario
    {
        public string Name { get; set; } = "";

        public string Rules { get; set; } = "";

        public string Branch { get; set; } = "main";

        public string State { get; set; } = "Open";

        public bool Draft { get; set; }

        public List<string> Labels { get; set; } = [];

        public List<string> Files { get; set; } = ["prod/app.yaml"];

        /// <summary>Who wrote each commit, by login (which is also the local part of the address), and what its message ends with.</summary>
        public List<string> Commits { get; set; } = ["alice"];

        /// <summary><c>login state on minute</c>, where <c>on</c> is head, old or none.</summary>
        public List<string> Reviews { get; set; } = [];

        /// <summary><c>team login</c> for members, <c>team !login</c> for others.</summary>
        public List<string> Members { get; set; } = [];

        public List<string> Gaps { get; set; } = [];

        public int? SeenAt { get; set; }

        public string Verdict { get; set; } = "";

        public List<string> Says { get; set; } = [];

        public Evidence ToEvidence()
        {
            var ordinary = SomeEvidence.Ordinary(Rules);
            return ordinary with
            {
                Change = ordinary.Change with
                {
                    TargetBranch = Branch,
                    IsDraft = Draft,
                    Labels = [.. Labels],
                    State = Enum.Parse<ChangeState>(State),
                },
                Content = ordinary.Content with
                {
                    RuleFile = Rules.Length == 0 ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(Rules),
                    Files = [.. Files.Select(path => new ChangedFile { Path = path })],
                    Commits = [.. Commits.Select(ToCommit)],
                },
                Reviews = [.. Reviews.Select(ToReview)],
                Memberships = [.. Members.Select(ToMembership)],
                Gaps = [.. Gaps.Select(gap => new Gap(gap, "the forge answered 403"))],
                HeadSeenAt = SeenAt is { } minute ? SomeEvidence.Noon.AddMinutes(minute) : null,
            };
        }

        private static Commit ToCommit(string text)
        {
            var parts = text.Split(' ', 2);
            return SomeEvidence.Commit(SomeEvidence.Head, parts[0], parts.Length > 1 ? $"more replicas\n\n{parts[1]}\n" : "more replicas");
        }

        private static Review ToReview(string text)
        {
            var parts = text.Split(' ');
            CommitId on = parts[2] switch { "head" => SomeEvidence.Head, "old" => SomeEvidence.Old, _ => default };
            var review = SomeEvidence.Review(parts[0], Enum.Parse<ReviewState>(parts[1]), on, int.Parse(parts[3]));
            return parts[0].EndsWith("[bot]", StringComparison.Ordinal)
                ? review with { Author = review.Author with { Kind = PersonKind.Bot } }
                : review;
        }

        private static Membership ToMembership(string text)
        {
            var parts = text.Split(' ');
            return new Membership(parts[0], $"id-{parts[1].TrimStart('!')}", !parts[1].StartsWith('!'));
        }
    }
}
