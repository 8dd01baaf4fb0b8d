using GitOpsGate.Approvals;
using GitOpsGate.Deliveries;
using GitOpsGate.Obligations;
using GitOpsGate.Rulings;

namespace GitOpsGate.Chat;

/// <summary>
/// Answers whoever pressed a forge's button that asks for an override: how it is asked for, and who may. A button carries no reason and no
/// word of the person's own, so it overrides nothing. Pure.
/// </summary>
internal static class AskedOverride
{
    /// <summary>The answer on the change request; pressing again for the same head has the same one.</summary>
    /// <param name="mayOverride">Who may, in words; empty when nobody may.</param>
    /// <param name="url">The ruling's page, or empty.</param>
    public static Obligation.Answer Answer(OverrideAsk ask, Ruling ruling, string mayOverride, string url)
    {
        var person = Candidate.KeyOf(ask.By).Replace(':', '-');
        var text = CommentText.Line($"`Request override` of `{Words.Plain(ask.By.Login)}`: {Of(ruling, mayOverride)}");
        return new Obligation.Answer(
            ruling.Id, ruling.Revision.Change, $"override-{ruling.Revision.Head.Short}-{person}", $"{text}\n\n{CommentText.Foot(ruling, url)}");
    }

    private static string Of(Ruling ruling, string mayOverride)
    {
        var head = ruling.Revision.Head.Short;
        if (ruling.Verdict == Verdict.Allowed) return $"nothing has to be overridden for `{head}`";
        return mayOverride.Length == 0
            ? OverrideJudge.Nobody
            : $"the button overrides nothing; a comment `/gate override REASON` does, for `{head}` alone, by {mayOverride}, who had no part in the change";
    }
}
