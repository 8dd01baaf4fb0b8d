namespace GitOpsGate.EndToEnd.Scenes;

/// <summary>What else happens to a change request in its life, on forges whose fakes can tell it.</summary>
public interface ILifeScene
{
    /// <summary>Asks to merge a branch into another than <c>main</c>; gives the number.</summary>
    Task<long> OpenOntoAsync(string author, string branch, string title, string onto);

    Task ReopenAsync(long number, string by);

    Task RetargetAsync(long number, string by, string onto);

    Task SetDraftAsync(long number, string by, bool isDraft);

    Task DeleteBranchAsync(string by, string branch);

    /// <summary>Force-pushes a branch: one commit upon <c>main</c> takes its place. Gives the commit.</summary>
    Task<string> RewriteAsync(string by, string branch, params (string Path, string Text)[] files);

    /// <summary>Posts a status as somebody else than the gate.</summary>
    Task PostStatusAsync(string by, string commit, string branch, string name, bool isGreen);
}
