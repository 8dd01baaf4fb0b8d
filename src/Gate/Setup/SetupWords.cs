namespace GitOpsGate.Setup;

/// <summary>What setting a repository up came to, as the command line and the pages tell it. Lower case, without a full stop. Pure.</summary>
public static class SetupWords
{
    /// <summary>What was done about the webhook, or would be; the repository's name follows it.</summary>
    public static string Of(HookStep step) => step switch
    {
        HookStep.Unknown => "nothing was done about the webhook of",
        HookStep.Created => "webhook registered on",
        HookStep.Mended => "webhook already registered, and checked, on",
        HookStep.Removed => "webhook removed from",
        HookStep.WouldCreate => "a webhook would be registered on",
        HookStep.WouldMend => "the webhook would be mended on",
        HookStep.WouldRemove => "the webhook would be removed from",
        HookStep.Nothing => "nothing to do about the webhook of",
    };

    /// <summary>How a branch is guarded, or would be.</summary>
    public static string Of(BranchGuard guard, bool isDryRun)
    {
        if (!guard.IsRequired) return isDryRun && guard.IsChanged ? "would be made to wait for the gate" : "does not wait for the gate";
        var weak = new List<string>();
        if (!guard.IsBoundToUs) weak.Add("others can post its status too");
        if (!guard.IsWithoutBypass) weak.Add("somebody may merge past it");
        var waits = $"waits for the gate ({guard.By})";
        return weak.Count == 0 ? waits : $"{waits}; {string.Join("; ", weak)}";
    }
}
