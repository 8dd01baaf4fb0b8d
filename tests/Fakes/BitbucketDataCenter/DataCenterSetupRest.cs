using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>What administrators set: webhooks, required builds; and branch permissions, to be read.</summary>
internal sealed class DataCenterSetupRest(FakeBitbucketDataCenter forge) : DataCenterRoutes(forge)
{
    private const string Hooks = Repository + "/webhooks";
    private const string Builds = "/required-builds/latest" + InRepository;

    public void Map(IEndpointRouteBuilder api)
    {
        MapHooks(api);
        MapHook(api);
        MapConditions(api);
        api.MapGet("/branch-permissions/latest" + InRepository + "/restrictions", (HttpRequest request) => AsAdmin(request, repository =>
            DataCenterAnswers.Page(request, repository.Restrictions.Select(one => one.DeepClone()))));
    }

    private void MapHooks(IEndpointRouteBuilder api)
    {
        api.MapGet(Hooks, (HttpRequest request) => AsAdmin(request, repository =>
            DataCenterAnswers.Page(request, repository.Hooks.Select(DataCenterJson.Hook))));
        api.MapPost(Hooks, async (HttpRequest request) =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            return AsAdmin(request, repository =>
            {
                var hook = new DataCenterHook(Forge.NextId());
                if (Fill(hook, body) is { } wrong) return wrong;
                Forge.Change(() => repository.Hooks = repository.Hooks.Add(hook));
                return DataCenterAnswers.One(DataCenterJson.Hook(hook), 201);
            });
        });
        api.MapPost(Hooks + "/test", async (HttpRequest request) =>
        {
            if (!Forge.GateIsAdmin) return DataCenterAnswers.Denied();
            if (Forge.Find(request) is not { } repository) return With(request, _ => Results.Empty);
            var hook = repository.Hooks.Find(one => $"{one.Id}" == request.Query["webhookId"]);
            var status = await Forge.Webhooks.PingAsync(request.Query["url"].ToString(), hook?.Secret ?? "");
            var answer = new JsonObject { ["url"] = request.Query["url"].ToString() };
            if (status > 0) answer["response"] = new JsonObject { ["statusCode"] = status, ["body"] = "" };
            return DataCenterAnswers.One(answer);
        });
    }

    private void MapHook(IEndpointRouteBuilder api)
    {
        api.MapPut(Hooks + "/{hook:long}", async (HttpRequest request, long hook) =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            return WithHook(request, hook, (_, found) => Fill(found, body) ?? DataCenterAnswers.One(DataCenterJson.Hook(found)));
        });
        api.MapDelete(Hooks + "/{hook:long}", (HttpRequest request, long hook) => WithHook(request, hook, (repository, found) =>
        {
            Forge.Change(() => repository.Hooks = repository.Hooks.Remove(found));
            return Results.NoContent();
        }));
        api.MapGet(Hooks + "/{hook:long}/latest", (HttpRequest request, long hook) => WithHook(request, hook, (_, found) =>
            found.Last is { } last ? DataCenterAnswers.One(DataCenterJson.Invocation(last)) : Results.NoContent()));
        api.MapGet(Hooks + "/{hook:long}/statistics", (HttpRequest request, long hook) => WithHook(request, hook, (_, found) =>
            DataCenterAnswers.One(new JsonObject
            {
                ["counts"] = new JsonObject { ["errors"] = found.Errors, ["failures"] = found.Failures, ["successes"] = found.Successes },
            })));
    }

    private void MapConditions(IEndpointRouteBuilder api)
    {
        api.MapGet(Builds + "/conditions", (HttpRequest request) => With(request, repository =>
            DataCenterAnswers.Page(request, repository.Conditions.Select(DataCenterJson.Condition))));
        api.MapPost(Builds + "/condition", async (HttpRequest request) =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            return AsAdmin(request, repository => Read(Forge.NextId(), body) is { } condition
                ? Put(repository, condition)
                : DataCenterAnswers.Wrong(400, "buildParentKeys and refMatcher are wanted"));
        });
        api.MapPut(Builds + "/condition/{id:long}", async (HttpRequest request, long id) =>
        {
            var body = await DataCenterAnswers.BodyAsync(request);
            return AsAdmin(request, repository => Read(id, body) is { } condition && repository.Conditions.Exists(one => one.Id == id)
                ? Put(repository, condition)
                : DataCenterAnswers.Wrong(400, "buildParentKeys and refMatcher are wanted"));
        });
        api.MapDelete(Builds + "/condition/{id:long}", (HttpRequest request, long id) => AsAdmin(request, repository =>
        {
            Forge.Change(() => repository.Conditions = repository.Conditions.RemoveAll(one => one.Id == id));
            return Results.NoContent();
        }));
    }

    private IResult Put(DataCenterRepository repository, DataCenterCondition condition)
    {
        Forge.Change(() => repository.Conditions = repository.Conditions.RemoveAll(one => one.Id == condition.Id).Add(condition));
        return DataCenterAnswers.One(DataCenterJson.Condition(condition));
    }

    private static DataCenterCondition? Read(long id, JsonObject body)
    {
        var keys = body["buildParentKeys"]?.AsArray().Select(key => key!.GetValue<string>()).ToImmutableArray() ?? [];
        return keys.IsEmpty || body["refMatcher"] is not JsonObject matcher || matcher["type"]?["id"] is null
            ? null
            : new DataCenterCondition(id, keys, (JsonObject)matcher.DeepClone(), body["exemptRefMatcher"]?.DeepClone() as JsonObject);
    }

    private IResult? Fill(DataCenterHook hook, JsonObject body)
    {
        var events = body["events"]?.AsArray().Select(name => name!.GetValue<string>()).ToImmutableArray() ?? [];
        if (DataCenterAnswers.Text(body, "url").Length == 0) return DataCenterAnswers.Wrong(400, "url: it is wanted");
        if (events.FirstOrDefault(name => !Forge.Webhooks.IsKnown(name)) is { } wrong)
        {
            return DataCenterAnswers.Wrong(400, $"{wrong}: unknown event");
        }

        (hook.Name, hook.Url, hook.Events) = (DataCenterAnswers.Text(body, "name"), DataCenterAnswers.Text(body, "url"), events);
        hook.IsActive = body["active"]?.GetValue<bool>() ?? true;
        hook.ChecksCertificate = body["sslVerificationRequired"]?.GetValue<bool>() ?? true;
        if (body["configuration"] is JsonObject configuration) hook.Secret = DataCenterAnswers.Text(configuration, "secret");
        return null;
    }

    private IResult WithHook(HttpRequest request, long id, Func<DataCenterRepository, DataCenterHook, IResult> answer) =>
        AsAdmin(request, repository => repository.Hooks.Find(hook => hook.Id == id) is { } found
            ? answer(repository, found)
            : DataCenterAnswers.Missing("Webhook", "webhooks.NoSuchWebhookException"));
}
