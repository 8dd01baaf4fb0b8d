using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Chat;

namespace GitOpsGate.Facts;

/// <summary>The frozen facts of one revision: all that a ruling may rest on.</summary>
public sealed record Evidence
{
    public required ChangeRequest Change { get; init; }

    /// <summary>The forge's word, for instance <c>github</c>.</summary>
    public required string Forge { get; init; }

    public ImmutableArray<Review> Reviews { get; init; } = [];

    public ImmutableArray<Comment> Comments { get; init; } = [];

    public ImmutableArray<StatusCheck> Statuses { get; init; } = [];

    public required Content Content { get; init; }

    /// <summary>Who of the people in sight belongs to which of the teams that rules name.</summary>
    public ImmutableArray<Membership> Memberships { get; init; } = [];

    /// <summary>What could not be found out, for instance a team that does not exist. A rule that needs it is errored.</summary>
    public ImmutableArray<Gap> Gaps { get; init; } = [];

    /// <summary>When the facts were asked for.</summary>
    public required DateTimeOffset GatheredAt { get; init; }

    /// <summary>When the gate first judged this head, or null when this is the first time.</summary>
    public DateTimeOffset? HeadSeenAt { get; init; }

    /// <summary>Since when all rulings up to the latest were about this head and target branch, or null when the latest was not.</summary>
    public DateTimeOffset? HeadSince { get; init; }

    /// <summary>What the latest ruling remembers of the commands in comments.</summary>
    public ChatMemory Chat { get; init; } = ChatMemory.Empty;
}

/// <summary>What Git says about a revision: commits, files, parsed documents, and the rules on the target branch.</summary>
public sealed record Content
{
    /// <summary>The tip of the target branch at the time of gathering.</summary>
    public required CommitId Base { get; init; }

    /// <summary>The merge base of target and head, against which files are compared.</summary>
    public required CommitId MergeBase { get; init; }

    public required CommitId Head { get; init; }

    /// <summary>The commits of the change, oldest first.</summary>
    public ImmutableArray<Commit> Commits { get; init; } = [];

    /// <summary>The changed files, in ordinal order of their paths.</summary>
    public ImmutableArray<ChangedFile> Files { get; init; } = [];

    /// <summary>The YAML and JSON documents of the changed files at the head, in the order of files.</summary>
    public ImmutableArray<Document> Documents { get; init; } = [];

    /// <summary>Files that should have been documents and could not be read, with the place of the trouble.</summary>
    public ImmutableArray<ContentProblem> Problems { get; init; } = [];

    /// <summary>The bytes of <c>.gitopsgate.yaml</c> on the target branch, or null when there is none.</summary>
    public ReadOnlyMemory<byte>? RuleFile { get; init; }
}

/// <summary>One parsed document of a changed file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Index">Which document of the file, from 0.</param>
/// <param name="Line">Where it starts, from 1.</param>
/// <param name="Json">Its value as JSON text in UTF-8.</param>
/// <param name="Lines">Where its parts stand: JSON pointer (RFC 6901) → line, from 1.</param>
public sealed record Document(string Path, int Index, int Line, ReadOnlyMemory<byte> Json, ImmutableDictionary<string, int> Lines)
{
    /// <summary>The line of the part at a pointer, or of the nearest enclosing part that is known.</summary>
    public int LineOf(string pointer)
    {
        for (var at = pointer; at.Length > 0; at = at[..Math.Max(0, at.LastIndexOf('/'))])
        {
            if (Lines.TryGetValue(at, out var line)) return line;
        }

        return Line;
    }
}

/// <summary>A file that could not be parsed.</summary>
/// <param name="Line">Line from 1, or 0 for the whole file.</param>
public sealed record ContentProblem(string Path, int Line, string Message)
{
    /// <summary>The path of a problem of the change as a whole: something about it is not in the evidence, whatever a rule looks at.</summary>
    public const string Whole = ".";
}

/// <summary>Whether a person belongs to a team.</summary>
/// <param name="Team">As the rules name it: <c>org/team</c>, a GitLab group path, or a team of the connection's configuration.</param>
public sealed record Membership(string Team, string PersonId, bool IsMember);

/// <summary>Something that could not be found out.</summary>
/// <param name="What">The thing, in the form in which a rule names it, for instance <c>team:acme/release</c>.</param>
/// <param name="Why">The reason, lower case.</param>
public sealed record Gap(string What, string Why);
