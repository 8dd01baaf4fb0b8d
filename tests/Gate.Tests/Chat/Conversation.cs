using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Gate.Tests.Deliveries;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;

namespace GitOpsGate.Gate.Tests.Chat;

/// <summary>A change request by alice whose comments are told to the whole pipeline, one ruling after the other.</summary>
internal sealed class Conversation
{
    public const string ByComment = "{version: 1, approvals: [{name: prod, methods: [review, comment], requires: {users: [bob, carol]}}]}";

    private readonly Rig _rig;
    private int _comments;

    public Conversation(string rules = ByComment, params OverrideRule[] overrides)
    {
        _rig = new Rig
        {
            Configuration = SomeEvidence.Configuration with { ServerRules = RuleFile.Empty with { Overrides = [.. overrides] } },
        };
        _rig.Memory.World = SomeEvidence.Ordinary(rules);
    }

    public Memory Memory => _rig.Memory;

    public Ruling Ruling => Memory.Records[^1].Ruling!;

    public Verdict Verdict => Ruling.Verdict;

    /// <summary>The answers that the latest ruling promised.</summary>
    public string[] Answers => [.. Memory.Records[^1].Obligations.OfType<Obligation.Answer>().Select(answer => answer.Markdown)];

    public AuditDraft[] Entries => [.. Memory.Records[^1].Entries];

    /// <summary>The gate looks at the change request, and rules.</summary>
    public async Task<Verdict> LookAsync()
    {
        await ToldAsync();
        return Verdict;
    }

    /// <summary>The gate looks at the change request, open or not.</summary>
    public Task ToldAsync() => _rig.TellAsync(new Reading.Concerns([new Concern.Change(SomeEvidence.Change.Key)], Trigger.Comment));

    /// <summary>Somebody comments, and the gate looks. What the first answer says, or empty.</summary>
    public async Task<string> SayAsync(string by, string body)
    {
        Write(by, body);
        await LookAsync();
        return Answers.FirstOrDefault("");
    }

    /// <summary>Somebody comments, and the gate does not know yet.</summary>
    public string Write(string by, string body)
    {
        var id = $"{++_comments}";
        var comment = new Comment(id, SomeEvidence.Person(by), body, _rig.Clock.GetUtcNow(), false);
        Memory.World = Memory.World with { Comments = Memory.World.Comments.Add(comment) };
        _rig.Clock.Advance(TimeSpan.FromSeconds(1));
        return id;
    }

    public void Delete(string id) =>
        Memory.World = Memory.World with { Comments = Memory.World.Comments.RemoveAll(comment => comment.Id == id) };

    public void Edit(string id, string body) => Memory.World = Memory.World with
    {
        Comments = [.. Memory.World.Comments.Select(comment => comment.Id == id ? comment with { Body = body, IsEdited = true } : comment)],
    };

    public void Review(string by, ReviewState state, CommitId? on = null)
    {
        var review = new Review(SomeEvidence.Person(by), state, on ?? Memory.World.Change.Head, _rig.Clock.GetUtcNow(), "");
        Memory.World = Memory.World with { Reviews = Memory.World.Reviews.Add(review) };
        _rig.Clock.Advance(TimeSpan.FromSeconds(1));
    }

    /// <summary>Alice pushes; the gate does not know yet.</summary>
    public void Push(CommitId head)
    {
        var world = Memory.World;
        Memory.World = world with
        {
            Change = world.Change with { Head = head },
            Content = world.Content with { Head = head, Commits = [SomeEvidence.Commit(head, "alice")] },
        };
    }

    public void Retarget(string branch) => Memory.World = Memory.World with { Change = Memory.World.Change with { TargetBranch = branch } };

    public void Rules(string rules) => Memory.World = Memory.World with
    {
        Content = Memory.World.Content with { RuleFile = Encoding.UTF8.GetBytes(rules) },
    };
}
