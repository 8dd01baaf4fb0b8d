namespace GitOpsGate.Changes;

/// <summary>The name of a connection in <c>gate.yaml</c>; it is also the last part of its webhook address.</summary>
public readonly record struct ConnectionName(string Value)
{
    public override string ToString() => Value;
}

/// <summary>One repository behind one connection.</summary>
/// <param name="Connection">The connection that reaches it.</param>
/// <param name="Path">The forge's own full name: <c>owner/name</c>, <c>group/subgroup/name</c> or <c>workspace/slug</c>.</param>
public readonly record struct RepositoryKey(ConnectionName Connection, string Path)
{
    public override string ToString() => $"{Connection}:{Path}";
}

/// <summary>One change request: a pull request or a merge request.</summary>
/// <param name="Repository">Where it would be merged.</param>
/// <param name="Number">The number that people see: GitHub's <c>number</c>, GitLab's <c>iid</c>, Bitbucket's <c>id</c>.</param>
public readonly record struct ChangeKey(RepositoryKey Repository, long Number)
{
    public override string ToString() => $"{Repository}#{Number}";
}

/// <summary>A full Git object id of a commit: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. The default value is no commit.</summary>
public readonly record struct CommitId
{
    private readonly string? _hex;

    private CommitId(string hex) => _hex = hex;

    /// <summary>The hex digits, or an empty text for no commit.</summary>
    public string Value => _hex ?? "";

    /// <summary>The first twelve digits, for people.</summary>
    public string Short => Value.Length > 12 ? Value[..12] : Value;

    /// <summary>Whether this names no commit. Forges write a created or deleted branch as forty zeros; that is read as none.</summary>
    public bool IsNone => _hex is null;

    /// <summary>Reads a full id in either case of letters; anything else, an abbreviation included, is refused.</summary>
    public static bool TryParse(string? text, out CommitId id)
    {
        id = default;
        if (text is not { Length: 40 or 64 } || !text.All(char.IsAsciiHexDigit)) return false;
        if (!text.All(digit => digit == '0')) id = new CommitId(text.ToLowerInvariant());
        return true;
    }

    /// <summary>Reads a full id.</summary>
    /// <exception cref="FormatException">The text is not a full object id.</exception>
    public static CommitId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"`{text}` is not a full commit id of 40 or 64 hex digits");

    public override string ToString() => Value;
}

/// <summary>A change request at one head commit: what is judged.</summary>
public readonly record struct Revision(ChangeKey Change, CommitId Head)
{
    public override string ToString() => $"{Change}@{Head.Short}";
}
