using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Chat;

/// <summary>What came of the commands that a ruling saw for the first time, and the exceptions in force.</summary>
public sealed record ChatOutcome
{
    /// <summary>The answers that are owed, one per comment, oldest first.</summary>
    public ImmutableArray<ChatAnswer> Answers { get; init; } = [];

    public ImmutableArray<ChatHold> Placed { get; init; } = [];

    public ImmutableArray<ReleasedHold> Released { get; init; } = [];

    /// <summary>Overrides that somebody asked for in vain.</summary>
    public ImmutableArray<RefusedOverride> Refused { get; init; } = [];

    /// <summary>Who may override the change, in words; empty when nobody may.</summary>
    public string MayOverride { get; init; } = "";

    /// <summary>Whether somebody asked for the verdict to be told again, even if it is the same.</summary>
    public bool IsToldAgain { get; init; }
}

/// <summary>What is said to a comment.</summary>
/// <param name="Lines">One per command, in their order, then what concerns the comment as a whole.</param>
public sealed record ChatAnswer(string Comment, Person By, ImmutableArray<ChatLine> Lines);

/// <summary>What is said to one command.</summary>
/// <param name="Command">The command as it is written, such as <c>/gate hold</c>.</param>
/// <param name="Text">One sentence without a full stop.</param>
/// <param name="Explains">Whether the whole explanation of the ruling follows.</param>
public sealed record ChatLine(string Command, string Text, bool Explains = false);

public sealed record ReleasedHold(ChatHold Hold, Person By, DateTimeOffset At);

/// <param name="Why">The reason, for the author and for the record.</param>
public sealed record RefusedOverride(Person By, DateTimeOffset At, string Why);
