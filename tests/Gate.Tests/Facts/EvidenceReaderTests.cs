using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Facts;
using GitOpsGate.Facts.Documents;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Rulings;
using Xunit;

namespace GitOpsGate.Gate.Tests.Facts;

/// <summary>What was written as a document is read back whole.</summary>
public sealed class EvidenceReaderTests
{
    private static readonly Evidence Odd = Make();

    [Fact]
    public void Everything_that_a_judge_goes_by_comes_back()
    {
        var normal = NormalEvidence.Of(Odd);
        var written = EvidenceInput.Write(normal, [], SomeEvidence.Noon);
        var read = EvidenceReader.Read(written);
        Assert.Equal(StoredForm.Write(Told(normal)), StoredForm.Write(Told(read)));
        Assert.Equal(normal.Change.State, read.Change.State);
        Assert.Equal(normal.Content.Files.Select(file => (file.Status, file.PreviousPath)), read.Content.Files.Select(file => (file.Status, file.PreviousPath)));
        Assert.Equal(normal.Content.Documents.Select(one => Encoding.UTF8.GetString(one.Json.Span)), read.Content.Documents.Select(one => Encoding.UTF8.GetString(one.Json.Span)));
        Assert.Equal(Encoding.UTF8.GetString(written.Span), Encoding.UTF8.GetString(EvidenceInput.Write(NormalEvidence.Of(read), [], SomeEvidence.Noon).Span));
    }

    [Fact]
    public void The_lines_of_a_document_come_back()
    {
        var document = Odd.Content.Documents[0];
        Assert.NotEmpty(document.Lines);
        var read = EvidenceReader.Read(EvidenceInput.Write(NormalEvidence.Of(Odd), [], SomeEvidence.Noon)).Content.Documents[0];
        Assert.Equal(document.Lines.OrderBy(pair => pair.Key, StringComparer.Ordinal), read.Lines.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("[]", "the evidence is no JSON object")]
    [InlineData("{\"version\":2}", "the evidence is of version `2`; 1 would be right")]
    [InlineData("{\"version\":1}", "the evidence has no `gate`: it was written by a version of the gate that kept less")]
    [InlineData("{", "the evidence cannot be read: ")]
    public void What_is_no_such_document_is_told(string text, string message)
    {
        var trouble = Assert.Throws<InvalidDataException>(() => EvidenceReader.Read(Encoding.UTF8.GetBytes(text)));
        Assert.StartsWith(message, trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_that_lost_a_member_is_told_by_the_members_name()
    {
        var written = Encoding.UTF8.GetString(EvidenceInput.Write(NormalEvidence.Of(Odd), [], SomeEvidence.Noon).Span);
        var trouble = Assert.Throws<InvalidDataException>(
            () => EvidenceReader.Read(Encoding.UTF8.GetBytes(written.Replace("\"reviewers\"", "\"others\"", StringComparison.Ordinal))));
        Assert.Contains("`reviewers`", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"reviewers\":[", "\"reviewers\":[0,", "items in a list")]
    [InlineData("\"reviewers\":[", "\"reviewers\":[99,", "items in a list")]
    [InlineData("\"authors\":[", "\"authors\":[1,", "items in a list")]
    [InlineData("\"reviewers\":[0,", "\"reviewers\":[99,", "cannot be read")]
    [InlineData("\"accounts\":[", "\"accounts\":[7,", "cannot be read")]
    public void A_document_whose_lists_do_not_fit_is_told(string written, string instead, string told)
    {
        var text = Encoding.UTF8.GetString(EvidenceInput.Write(NormalEvidence.Of(Odd), [], SomeEvidence.Noon).Span);
        Assert.Contains(written, text, StringComparison.Ordinal);
        var trouble = Record.Exception(() => EvidenceReader.Read(Encoding.UTF8.GetBytes(text.Replace(written, instead, StringComparison.Ordinal))));
        Assert.Contains(told, Assert.IsType<InvalidDataException>(trouble).Message, StringComparison.Ordinal);
    }

    // Memory has no form as JSON; it is compared by itself.
    private static Evidence Told(Evidence evidence) => evidence with
    {
        Content = evidence.Content with { RuleFile = null, Documents = [.. evidence.Content.Documents.Select(one => one with { Json = default })] },
    };

    private static Evidence Make()
    {
        const string Yaml = "# first\nb:\n  - x: 1\n    a/b: {z: 2, y: [1, 2.50, \"é\"]}\na: true\nlong: 12345678901234567890\n---\nnull\n---\n- c: {}\n";
        var away = TimeSpan.FromHours(2);
        var ordinary = SomeEvidence.Ordinary("version: 1\n");
        var bot = SomeEvidence.Person("robot", PersonKind.Bot);
        return ordinary with
        {
            Forge = "bitbucket-data-center",
            Change = ordinary.Change with
            {
                State = ChangeState.Unknown,
                IsDraft = true,
                IsFromFork = true,
                Labels = ["z", "a"],
                Body = "tab\t and \u2028",
                TargetTip = SomeEvidence.Old,
                CreatedAt = SomeEvidence.Noon.ToOffset(away),
                MergedBy = bot,
            },
            Reviews =
            [
                SomeEvidence.Review("carol", ReviewState.Dismissed, SomeEvidence.Old, 5) with { Author = new Person("carol", "", PersonKind.Unknown) },
                SomeEvidence.Review("bob", ReviewState.Approved, minute: 3) with { SubmittedAt = SomeEvidence.Noon.ToOffset(away), Body = "fine" },
                SomeEvidence.Review("dave", ReviewState.ChangesRequested, default(CommitId), 7),
                SomeEvidence.Review("dave", ReviewState.Commented, minute: 8),
            ],
            Comments = [new Comment("9", bot, "/gate hold\nwait", SomeEvidence.Noon, true), new Comment("8", SomeEvidence.Person("eve"), "", SomeEvidence.Noon.AddTicks(-1), false)],
            Statuses =
            [
                new StatusCheck("z", CheckState.Unknown, "ci", "https://ci.example.org"), new StatusCheck("a", CheckState.Skipped, "", ""),
                new StatusCheck("m", CheckState.Failed, "x", ""), new StatusCheck("p", CheckState.Pending, "x", ""), new StatusCheck("s", CheckState.Succeeded, "x", ""),
            ],
            Memberships = [new Membership("b", "1", false), new Membership("a", "2", true)],
            Gaps = [new Gap("team:x", "it is not there")],
            HeadSeenAt = SomeEvidence.Noon.ToOffset(away),
            HeadSince = SomeEvidence.Noon,
            Chat = new ChatMemory
            {
                Seen = [new SeenComment("9", SomeEvidence.Head, "main"), new SeenComment("10", default, "main")],
                Holds = [new ChatHold("9", bot, SomeEvidence.Noon, "")],
            },
            Content = ordinary.Content with
            {
                Head = SomeEvidence.Old,
                Commits =
                [
                    SomeEvidence.Commit(SomeEvidence.Head, "alice") with { Author = bot, Signature = SignatureState.Verified, Parents = [SomeEvidence.Old, SomeEvidence.Base] },
                    SomeEvidence.Commit(SomeEvidence.Old, "bob") with { Committer = new Person("bob", "x", PersonKind.User), Signature = SignatureState.Invalid },
                    SomeEvidence.Commit(SomeEvidence.Old, "bob") with { Signature = SignatureState.Unsigned },
                ],
                Files =
                [
                    new ChangedFile { Path = "a", PreviousPath = "b", Status = FileStatus.Copied, Additions = 1, Deletions = 2, Size = 3_000_000_000, IsBinary = true, Mode = "120000" },
                    new ChangedFile { Path = "c", PreviousPath = "d", Status = FileStatus.Renamed, Added = [new AddedLine(1, "x\u0000y")] },
                    new ChangedFile { Path = "e", Status = FileStatus.TypeChanged },
                    new ChangedFile { Path = "f", Status = FileStatus.Removed },
                    new ChangedFile { Path = "g", Status = FileStatus.Added, PreviousPath = "nobody reads this" },
                ],
                Documents = DocumentReader.Read("a.yaml", Encoding.UTF8.GetBytes(Yaml)).Documents,
                Problems = [new ContentProblem("h.yaml", 0, "broken"), new ContentProblem("h.yaml", 3, "broken, too"), new ContentProblem("i.yaml", 1, "first line")],
            },
        };
    }
}
