using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>What the parts of the REST API share: whom a request is about, and who may ask.</summary>
internal abstract class DataCenterRoutes(FakeBitbucketDataCenter forge)
{
    protected const string InRepository = "/projects/{project}/repos/{slug}";
    protected const string Repository = "/api/latest" + InRepository;

    protected FakeBitbucketDataCenter Forge => forge;

    protected IResult With(HttpRequest request, Func<DataCenterRepository, IResult> answer) =>
        forge.Find(request) is { } repository ? answer(repository) : NoRepository();

    protected async Task<IResult> With(HttpRequest request, Func<DataCenterRepository, Task<IResult>> answer) =>
        forge.Find(request) is { } repository ? await answer(repository) : NoRepository();

    protected IResult AsAdmin(HttpRequest request, Func<DataCenterRepository, IResult> answer) =>
        forge.GateIsAdmin ? With(request, answer) : DataCenterAnswers.Denied();

    protected async Task<IResult> AsWriter(HttpRequest request, Func<DataCenterRepository, Task<IResult>> answer) =>
        forge.GateMayWrite ? await With(request, answer) : DataCenterAnswers.Denied();

    private static IResult NoRepository() => DataCenterAnswers.Missing("Repository", "repository.NoSuchRepositoryException");
}
