using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Approvals.Predicates;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Rulings;

namespace GitOpsGate.Chat;

/// <summary>
/// Which holds stand. A hold is taken when its comment is first seen, and stands until it is released: deleting or editing the comment
/// does not end it. Pure; one instance judges one revision, in the order of the commands.
/// </summary>
internal sealed class HoldJudge(ImmutableArray<ApprovalRule> rules, Evidence evidence, Approvers approvers)
{
    /// <summary>How many holds of one change request are kept; more would hold it no more.</summary>
    public const int MostHolds = 50;

    private readonly List<ChatHold> _standing = [.. evidence.Chat.Holds];
    private readonly ApprovalRule[] _rules =
        [.. rules.Where(rule => rule.Mode != RuleMode.Shadow && Scope.Ask(rule.When, evidence).Holding != Holding.No)];

    public ImmutableArray<ChatHold> Standing => [.. _standing];

    public List<ChatHold> Placed { get; } = [];

    public List<ReleasedHold> Released { get; } = [];

    /// <summary>Takes a hold, or refuses it; what is said to it.</summary>
    public string Place(ChatComment said, ChatCommand command)
    {
        if (!MayHold(said.By)) return "only the change's author and those who may approve it can hold it";
        if (_standing.Count >= MostHolds) return $"there are {MostHolds} holds already";
        var hold = new ChatHold(said.Id, said.By, said.At, command.Rest);
        if (_standing.All(known => known.Comment != said.Id))
        {
            _standing.Add(hold);
            Placed.Add(hold);
        }

        return "the change is held until `/gate release`, from you or from somebody who may approve it";
    }

    /// <summary>Ends the author's own holds, or for an approver all of them; what is said to it.</summary>
    public string Release(ChatComment said)
    {
        if (_standing.Count == 0) return "there is no hold";
        var isApprover = Array.Exists(_rules, rule => approvers.May(rule, said.By));
        var ended = _standing.Where(hold => isApprover || Candidate.KeyOf(hold.By) == Candidate.KeyOf(said.By)).ToArray();
        if (ended.Length == 0)
        {
            var theirs = Words.List(_standing.Select(hold => hold.By.Login).Distinct(StringComparer.Ordinal), "and");
            return $"the hold of {theirs} is ended by whoever placed it, or by somebody who may approve the change and had no part in it";
        }

        _standing.RemoveAll(ended.Contains);
        Released.AddRange(ended.Select(hold => new ReleasedHold(hold, said.By, said.At)));
        var others = Words.List(_standing.Select(hold => hold.By.Login).Distinct(StringComparer.Ordinal), "and");
        return _standing.Count == 0 ? "no hold stands any more" : $"your hold is ended; the change is still held by {others}";
    }

    /// <summary>The finding of a hold.</summary>
    public static Finding Found(ChatHold hold)
    {
        var by = Words.Plain(hold.By.Login);
        var why = hold.Reason.Length > 0 ? $": {hold.Reason}" : "";
        return new Finding
        {
            Weight = Verdict.Held,
            Rule = Rule,
            Message = $"`{by}` holds the change{why}; `/gate release` from `{by}`, or from somebody who may approve it, would be right",
        };
    }

    public const string Rule = "gate/hold";

    // Whoever cannot be told to be no approver may hold: doubt holds the change.
    private bool MayHold(Person person) =>
        approvers.IsAuthor(person) || Array.Exists(_rules, rule => Eligibility.Of(rule, person, evidence).Holding != Holding.No);
}
