namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>Gitea can be looked round on and set up as every forge must be.</summary>
public sealed class GiteaSetupTests : ForgeSetupContract
{
    protected override async Task<ForgeStage> SetAsync() => await GiteaStage.SetAsync();
}

/// <summary>Forgejo can be too.</summary>
public sealed class ForgejoSetupTests : ForgeSetupContract
{
    protected override async Task<ForgeStage> SetAsync() => await GiteaStage.SetAsync(isForgejo: true);
}
