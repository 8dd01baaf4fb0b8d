namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>Gitea holds what every forge must hold.</summary>
public sealed class GiteaContractTests : ForgeContract
{
    protected override async Task<ForgeStage> SetAsync() => await GiteaStage.SetAsync();
}

/// <summary>Forgejo does too.</summary>
public sealed class ForgejoContractTests : ForgeContract
{
    protected override async Task<ForgeStage> SetAsync() => await GiteaStage.SetAsync(isForgejo: true);
}
