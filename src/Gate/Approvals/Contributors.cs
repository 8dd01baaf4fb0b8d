using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GitOpsGate.Changes;

namespace GitOpsGate.Approvals;

/// <summary>
/// Who wrote a change: authors, committers and co-authors of its commits. Git knows names and e-mail addresses, the gate knows
/// accounts; where the two cannot be tied together, nobody's part in the change can be ruled out.
/// </summary>
internal sealed partial class Contributors
{
    private readonly Person _author;
    private readonly HashSet<string> _accounts = new(StringComparer.Ordinal);
    private readonly List<Signer> _signers = [];
    private readonly Signer? _unknown;

    private Contributors(Person author, IEnumerable<Commit> commits)
    {
        _author = author;
        foreach (var commit in commits)
        {
            Add(commit.Author, new Signer(commit.AuthorName, commit.AuthorEmail, commit.Id));
            if (!IsForge(commit.CommitterEmail)) Add(commit.Committer, new Signer(commit.CommitterName, commit.CommitterEmail, commit.Id));
            foreach (Match match in CoAuthor().Matches(commit.Message))
            {
                Add(null, new Signer(match.Groups["name"].Value.Trim(), match.Groups["email"].Value.Trim(), commit.Id));
            }
        }

        // With no commit that is certainly the author's own, one unknown address is taken for the author's.
        var strangers = _signers.Where(signer => !IsSamePerson(signer, author) && !NoReply().IsMatch(signer.Email)).DistinctBy(signer => signer.Email.ToLowerInvariant()).ToArray();
        var authorIsSeen = _accounts.Contains(Candidate.KeyOf(author)) || _signers.Any(signer => IsSamePerson(signer, author));
        _unknown = strangers.Skip(authorIsSeen ? 0 : 1).FirstOrDefault();
    }

    public static Contributors Of(ChangeRequest change, ImmutableArray<Commit> commits) => new(change.Author, commits);

    /// <summary>Why this person counts as a contributor, or may be one; null when certainly not.</summary>
    public string? Why(Person person)
    {
        if (Candidate.KeyOf(person) == Candidate.KeyOf(_author)) return null;
        if (_accounts.Contains(Candidate.KeyOf(person))) return "contributed commits to this change";
        if (_signers.Find(signer => IsSamePerson(signer, person)) is { } own)
        {
            return $"contributed commit `{own.Commit.Short}` to this change";
        }

        return _unknown is { } stranger
            ? $"cannot be told from whoever wrote commit `{stranger.Commit.Short}`: its address belongs to no known account"
            : null;
    }

    private static bool IsForge(string email) =>
        email is "noreply@github.com" or "noreply@gitlab.com" or "noreply@bitbucket.org";

    // Addresses that forges hand out carry the account's id and login. A login as the whole local part or name is taken for the person
    // too: taking an approval away once too often is safe.
    private static bool IsSamePerson(Signer signer, Person person)
    {
        if (person.Login.Length == 0) return false;
        var at = signer.Email.IndexOf('@');
        var local = at > 0 ? signer.Email[..at] : signer.Email;
        if (NoReply().Match(signer.Email) is { Success: true } match)
        {
            var id = match.Groups["id"].Value;
            return id.Length > 0 && person.Id.Length > 0 && id == person.Id
                || match.Groups["login"].Value.Equals(person.Login, StringComparison.OrdinalIgnoreCase);
        }

        return local.Equals(person.Login, StringComparison.OrdinalIgnoreCase)
            || signer.Name.Equals(person.Login, StringComparison.OrdinalIgnoreCase);
    }

    private void Add(Person? account, Signer signer)
    {
        if (account is not null) _accounts.Add(Candidate.KeyOf(account));
        else if (signer.Email.Length + signer.Name.Length > 0) _signers.Add(signer);
    }

    [GeneratedRegex(@"^co-authored-by:\s*(?<name>[^<\r\n]{0,200})<(?<email>[^>\r\n]{1,200})>",
        RegexOptions.IgnoreCase | RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex CoAuthor();

    [GeneratedRegex(@"^((?<id>\d{1,20})[+-])?(?<login>[A-Za-z0-9_.-]{1,255})@users\.noreply\.(github|gitlab)\.com$",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NoReply();

    private sealed record Signer(string Name, string Email, CommitId Commit);
}
