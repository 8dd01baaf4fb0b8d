namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>GitHub holds what every forge must hold.</summary>
public sealed class GitHubForgeTests : ForgeContract
{
    protected override async Task<ForgeStage> SetAsync() => await GitHubStage.SetAsync();
}
