using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;

namespace GitOpsGate.Gate.Tests.Rulings;

/// <summary>Evidence of an ordinary change request, to be varied.</summary>
internal static class SomeEvidence
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly RepositoryKey Shop = new(new ConnectionName("forge"), "acme/shop");
    public static readonly CommitId Head = CommitId.Parse(new string('a', 40));
    public static readonly CommitId Old = CommitId.Parse(new string('b', 40));
    public static readonly CommitId Base = CommitId.Parse(new string('c', 40));

    public static Person Person(string login, PersonKind kind = PersonKind.User) => new(login, $"id-{login}", kind);

    public static Review Review(string login, ReviewState state, CommitId? on = null, int minute = 0) =>
        new(Person(login), state, on ?? Head, Noon.AddMinutes(minute), "");

    public static ChangeRequest Change { get; } = new()
    {
        Key = new ChangeKey(Shop, 7),
        Title = "more replicas",
        State = ChangeState.Open,
        Author = Person("alice"),
        SourceBranch = "replicas",
        TargetBranch = "main",
        Head = Head,
        CreatedAt = Noon.AddHours(-1),
    };

    public static Evidence Ordinary(string? rules = null) => new()
    {
        Change = Change,
        Forge = "github",
        Content = new Content
        {
            Base = Base,
            MergeBase = Base,
            Head = Head,
            Commits = [Commit(Head, "alice")],
            Files = [new ChangedFile { Path = "prod/app.yaml" }],
            RuleFile = rules is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(rules),
        },
        GatheredAt = Noon.AddMinutes(30),
    };

    public static Commit Commit(CommitId id, string login, string message = "more replicas") => new()
    {
        Id = id,
        Message = message,
        AuthorName = login,
        AuthorEmail = $"{login}@example.org",
        CommitterName = login,
        CommitterEmail = $"{login}@example.org",
        CommittedAt = Noon.AddHours(-1),
    };

    public static GateConfiguration Configuration { get; } = new()
    {
        PublicUrl = "https://gate.example.org",
        DataFolder = "/data",
        Connections =
        [
            new Connection
            {
                Name = Shop.Connection,
                Forge = "github",
                ApiUrl = "https://api.example.org",
                GitUrl = "https://example.org",
                Token = new Secret("t"),
                WebhookSecrets = [new Secret("s")],
            },
        ],
        Bundles = [new BundleSource("shipped", "/policies", null)],
        ServerRules = RuleFile.Empty,
        Digest = "",
    };

    public static ImmutableArray<Review> Reviews(params Review[] reviews) => [.. reviews];
}
