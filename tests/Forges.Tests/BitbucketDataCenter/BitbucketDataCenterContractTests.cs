namespace GitOpsGate.Forges.Tests.BitbucketDataCenter;

public sealed class BitbucketDataCenterContractTests : ForgeContract
{
    protected override async Task<ForgeStage> SetAsync() => await BitbucketDataCenterStage.SetAsync(timeout: null);
}

public sealed class BitbucketDataCenterSetupTests : ForgeSetupContract
{
    protected override async Task<ForgeStage> SetAsync() => await BitbucketDataCenterStage.SetAsync(timeout: null);
}
