using System.Text.Json;
using GitOpsGate.Changes;

namespace GitOpsGate.Facts;

/// <summary>The part of the policy input that comes from Git: commits, files, documents, problems.</summary>
internal static class ContentInput
{
    public static void Write(Utf8JsonWriter json, Content content)
    {
        EvidenceInput.List(json, "commits", content.Commits, commit => Commit(json, commit));
        EvidenceInput.List(json, "files", content.Files, file => File(json, file));
        EvidenceInput.List(json, "documents", content.Documents, document =>
        {
            json.WriteString("path", document.Path);
            json.WriteNumber("index", document.Index);
            json.WriteNumber("line", document.Line);
            json.WriteString("format", document.Path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? "json" : "yaml");
            json.WritePropertyName("value");
            json.WriteRawValue(document.Json.Span, skipInputValidation: true);
        });
        EvidenceInput.List(json, "problems", content.Problems, problem =>
        {
            json.WriteString("path", problem.Path);
            json.WriteNumber("line", Math.Max(1, problem.Line));
            json.WriteString("message", problem.Message);
        });
    }

    private static void Commit(Utf8JsonWriter json, Commit commit)
    {
        json.WriteString("id", commit.Id.Value);
        json.WriteString("message", commit.Message);
        Signer(json, "author", commit.Author, commit.AuthorName, commit.AuthorEmail);
        Signer(json, "committer", commit.Committer, commit.CommitterName, commit.CommitterEmail);
        json.WriteString("committedAt", EvidenceInput.Instant(commit.CommittedAt));
        if (commit.Signature != SignatureState.Unknown)
        {
            json.WriteStartObject("signed");
            json.WriteBoolean("verified", commit.Signature == SignatureState.Verified);
            json.WriteString("reason", commit.Signature switch
            {
                SignatureState.Verified => "valid",
                SignatureState.Invalid => "invalid",
                SignatureState.Unsigned => "unsigned",
                SignatureState.Unknown => "unknown",
            });
            json.WriteEndObject();
        }

        json.WriteStartArray("parents");
        foreach (var parent in commit.Parents) json.WriteStringValue(parent.Value);
        json.WriteEndArray();
    }

    private static void Signer(Utf8JsonWriter json, string key, Person? account, string name, string email)
    {
        json.WriteStartObject(key);
        if (account is not null) json.WriteString("login", account.Login);
        json.WriteString("name", name);
        json.WriteString("email", email);
        json.WriteEndObject();
    }

    private static void File(Utf8JsonWriter json, ChangedFile file)
    {
        json.WriteString("path", file.Path);
        if (file.Status == FileStatus.Renamed && file.PreviousPath is { } old) json.WriteString("previousPath", old);
        // Version 1 of the input knows four words: a copy is a new file, and another type of file is other content. `gate` has the others.
        json.WriteString("status", file.Status switch
        {
            FileStatus.Added or FileStatus.Copied => "added",
            FileStatus.Modified or FileStatus.TypeChanged => "modified",
            FileStatus.Removed => "removed",
            FileStatus.Renamed => "renamed",
        });
        json.WriteNumber("additions", file.Additions);
        json.WriteNumber("deletions", file.Deletions);
        json.WriteNumber("size", file.Size);
        json.WriteBoolean("binary", file.IsBinary);
        if (file.Mode.Length > 0) json.WriteString("mode", file.Mode);
        EvidenceInput.List(json, "added", file.Added, line =>
        {
            json.WriteNumber("line", line.Line);
            json.WriteString("text", line.Text);
        });
    }
}
