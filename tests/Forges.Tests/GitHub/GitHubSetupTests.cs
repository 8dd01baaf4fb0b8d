namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>GitHub can be looked round on and set up with a person's token as every forge can.</summary>
public sealed class GitHubSetupTests : ForgeSetupContract
{
    protected override async Task<ForgeStage> SetAsync() => await GitHubStage.SetAsync();
}

/// <summary>And as an app.</summary>
public sealed class GitHubAppSetupTests : ForgeSetupContract
{
    protected override async Task<ForgeStage> SetAsync() => await GitHubStage.SetAsync(isApp: true);
}
