using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Chat;

/// <summary>
/// What a ruling remembers of the commands of its change request, for the next one. A comment can be changed and deleted by others than
/// its author; what it led to when the gate first saw it can not.
/// </summary>
public sealed record ChatMemory
{
    /// <summary>Nothing was ever said.</summary>
    public static ChatMemory Empty { get; } = new();

    /// <summary>The comments with commands that were seen and answered, oldest first.</summary>
    public ImmutableArray<SeenComment> Seen { get; init; } = [];

    /// <summary>The holds that stand, oldest first.</summary>
    public ImmutableArray<ChatHold> Holds { get; init; } = [];
}

/// <summary>A comment with commands, and what it was written about.</summary>
/// <param name="Comment">The forge's id of the comment.</param>
/// <param name="On">The head that it was certainly written on, or none when that cannot be told.</param>
/// <param name="Into">The target branch at that time.</param>
public sealed record SeenComment(string Comment, CommitId On, string Into);

/// <summary>Somebody's word that a change must not go on.</summary>
/// <param name="Comment">The forge's id of the comment.</param>
/// <param name="Reason">Why, in one line; may be empty.</param>
public sealed record ChatHold(string Comment, Person By, DateTimeOffset At, string Reason);

/// <summary>An exception that somebody took for one head, and that has an effect on a ruling.</summary>
/// <param name="Comment">The forge's id of the comment.</param>
/// <param name="Reason">Why, in one line.</param>
/// <param name="Rule">The rule of <c>gate.yaml</c> that lets them.</param>
/// <param name="Findings">How many findings do not decide because of it.</param>
public sealed record OverrideUse(string Comment, Person By, DateTimeOffset At, string Reason, string Rule, int Findings);
