namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>Azure DevOps holds what every forge must hold.</summary>
public sealed class AzureDevOpsContractTests : ForgeContract
{
    protected override async Task<ForgeStage> SetAsync() => await AzureDevOpsStage.SetAsync();
}

/// <summary>Azure DevOps can be surveyed and set up as every forge must.</summary>
public sealed class AzureDevOpsSetupTests : ForgeSetupContract
{
    protected override async Task<ForgeStage> SetAsync() => await AzureDevOpsStage.SetAsync();
}
