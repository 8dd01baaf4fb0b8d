using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Facts.Documents;

namespace GitOpsGate.Facts;

/// <summary>The part of a stored document that came from Git: what <see cref="ContentInput"/> wrote.</summary>
internal static class ContentReader
{
    public static Content Read(JsonElement root, JsonElement gate, ImmutableArray<Person> accounts)
    {
        Person? At(JsonElement place) => place.GetInt32() == GateInput.Nobody ? null : accounts[place.GetInt32()];
        var authors = gate.Items("authors").Beside(gate.Items("committers")).Select(one => (Author: At(one.First), Committer: At(one.Second)));
        var odd = gate.Items("files").ToDictionary(file => file.Text("path"), StringComparer.Ordinal);
        var whole = gate.Items("wholeProblems").Select(place => place.GetInt32()).ToHashSet();
        return new Content
        {
            Base = gate.Commit("targetTip"),
            MergeBase = root.Of("change").Commit("baseCommit"),
            Head = gate.Commit("head"),
            Commits = [.. root.Items("commits").Beside(authors).Select(one => Commit(one.First, one.Second.Author, one.Second.Committer))],
            Files = [.. root.Items("files").Select(file => File(file, odd))],
            Documents = [.. root.Items("documents").Beside(gate.Items("lines")).Select(one => Document(one.First, one.Second.GetString() ?? ""))],
            Problems =
            [
                .. root.Items("problems").Select((problem, index) => new ContentProblem(
                    problem.Text("path"), whole.Contains(index) ? 0 : problem.Integer("line"), problem.Text("message"))),
            ],
            RuleFile = gate.Has("ruleFile") ? gate.Of("ruleFile").GetBytesFromBase64() : default(ReadOnlyMemory<byte>?),
        };
    }

    private static Commit Commit(JsonElement commit, Person? author, Person? committer) => new()
    {
        Id = commit.Commit("id"),
        Message = commit.Text("message"),
        Author = author,
        AuthorName = commit.Of("author").Text("name"),
        AuthorEmail = commit.Of("author").Text("email"),
        Committer = committer,
        CommitterName = commit.Of("committer").Text("name"),
        CommitterEmail = commit.Of("committer").Text("email"),
        Signature = !commit.Has("signed") ? SignatureState.Unknown : commit.Of("signed").Text("reason") switch
        {
            "valid" => SignatureState.Verified,
            "invalid" => SignatureState.Invalid,
            "unsigned" => SignatureState.Unsigned,
            var other => throw EvidenceReader.Unknown("word for a signature", other),
        },
        Parents = [.. commit.Items("parents").Select(parent => CommitId.Parse(parent.GetString()!))],
        CommittedAt = commit.Moment("committedAt"),
    };

    private static ChangedFile File(JsonElement file, Dictionary<string, JsonElement> odd)
    {
        var path = file.Text("path");
        var told = odd.TryGetValue(path, out var more) ? more : file;
        return new ChangedFile
        {
            Path = path,
            PreviousPath = told.Has("previousPath") ? told.Text("previousPath") : null,
            Status = told.Text("status") switch
            {
                "added" => FileStatus.Added,
                "modified" => FileStatus.Modified,
                "removed" => FileStatus.Removed,
                "renamed" => FileStatus.Renamed,
                "copied" => FileStatus.Copied,
                "typeChanged" => FileStatus.TypeChanged,
                var other => throw EvidenceReader.Unknown("status of a file", other),
            },
            Additions = file.Integer("additions"),
            Deletions = file.Integer("deletions"),
            Size = file.Of("size").GetInt64(),
            IsBinary = file.Is("binary"),
            Mode = file.Has("mode") ? file.Text("mode") : "",
            Added = [.. file.Items("added").Select(line => new AddedLine(line.Integer("line"), line.Text("text")))],
        };
    }

    private static Document Document(JsonElement document, string lines)
    {
        var (value, first) = (document.Of("value"), document.Integer("line"));
        // The whole document is sorted, so its parts are: these are the bytes that the judge asked with.
        return new Document(
            document.Text("path"), document.Integer("index"), first, Encoding.UTF8.GetBytes(value.GetRawText()),
            DocumentLines.Read(value, first, lines));
    }
}
