using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.AzureDevOps;

/// <summary>What the REST API answers of service hooks and branch policies.</summary>
public sealed partial class FakeAzureDevOps
{
    private const string Mask = "********";

    private void MapSubscriptions(RouteGroupBuilder subscriptions)
    {
        subscriptions.MapGet("", () =>
        {
            lock (_gate) return AzureAnswer.List(_subscriptions.Select(AzureShapes.Subscription));
        });
        subscriptions.MapPost("", async (HttpRequest request) =>
        {
            var body = await BodyAsync(request);
            lock (_gate)
            {
                if (SubscriptionProblem(body) is { } problem) return problem;
                var made = new AzureSubscription
                {
                    Id = NewId(),
                    At = Now(),
                    Event = "",
                    Version = "",
                    Status = "enabled",
                    Publisher = [],
                    Consumer = [],
                };
                Write(made, body);
                _subscriptions.Add(made);
                return AzureAnswer.Of(AzureShapes.Subscription(made));
            }
        });
        subscriptions.MapPut("/{id}", async (HttpRequest request, string id) =>
        {
            var body = await BodyAsync(request);
            lock (_gate)
            {
                if (_subscriptions.Find(one => one.Id == id) is not { } known) return AzureAnswer.Missing($"The subscription {id}");
                if (SubscriptionProblem(body) is { } problem) return problem;
                var password = known.Password;
                Write(known, body);
                // What is sent as it was shown stays what it was.
                if (known.Password == Mask) known.Consumer["basicAuthPassword"] = password;
                known.Status = (string?)body["status"] ?? known.Status;
                return AzureAnswer.Of(AzureShapes.Subscription(known));
            }
        });
        subscriptions.MapDelete("/{id}", (string id) =>
        {
            lock (_gate)
            {
                return _subscriptions.RemoveAll(one => one.Id == id) > 0 ? new AzureAnswer(null, 204) : AzureAnswer.Missing($"The subscription {id}");
            }
        });
    }

    private void MapPolicies(RouteGroupBuilder project)
    {
        project.MapGet("/git/policy/configurations", (HttpRequest request, string project) =>
        {
            lock (_gate)
            {
                var (id, name) = (request.Query["repositoryId"].ToString(), request.Query["refName"].ToString());
                var type = request.Query["policyType"].ToString();
                var repository = _repositories.Values.FirstOrDefault(one => one.Id == id);
                if (repository is null) return AzureAnswer.Missing($"The repository {id}");
                var all = _policies.Where(one => one.Type == type && Reaches(one, repository, name["refs/heads/".Length..])).ToList();
                var top = Query(request, "$top", 100);
                return AzureAnswer.List(all.Take(top).Select(AzureShapes.Policy), all.Count > top ? $"{all[top].Id}" : null);
            }
        });
        var configurations = project.MapGroup("/policy/configurations");
        configurations.MapPost("", async (HttpRequest request, string project) =>
        {
            var body = await BodyAsync(request);
            lock (_gate)
            {
                if (PolicyProblem(body) is { } problem) return problem;
                var made = new AzurePolicy { Id = NextId(), Project = project, Type = "", IsEnabled = false, IsBlocking = false, Settings = [] };
                Write(made, body);
                _policies.Add(made);
                return AzureAnswer.Of(AzureShapes.Policy(made));
            }
        });
        configurations.MapPut("/{id:long}", async (HttpRequest request, long id) =>
        {
            var body = await BodyAsync(request);
            lock (_gate)
            {
                if (_policies.Find(one => one.Id == id) is not { } known) return AzureAnswer.Missing($"The policy {id}");
                if (PolicyProblem(body) is { } problem) return problem;
                Write(known, body);
                return AzureAnswer.Of(AzureShapes.Policy(known));
            }
        });
        configurations.MapDelete("/{id:long}", (long id) =>
        {
            lock (_gate) return _policies.RemoveAll(one => one.Id == id) > 0 ? new AzureAnswer(null, 204) : AzureAnswer.Missing($"The policy {id}");
        });
    }

    /// <summary>A password is sent over TLS only; a server on the same machine is left out of that here.</summary>
    private static AzureAnswer? SubscriptionProblem(JsonObject body)
    {
        var inputs = body["consumerInputs"] as JsonObject ?? [];
        var isKnown = ((string?)body["publisherId"], (string?)body["consumerId"]) == ("tfs", "webHooks")
            && (string?)body["consumerActionId"] == "httpRequest";
        var isSafe = Uri.TryCreate((string?)inputs["url"], UriKind.Absolute, out var url) && (url.Scheme == "https" || url.IsLoopback);
        return isKnown && isSafe && (string?)body["eventType"] is { Length: > 0 } && body["publisherInputs"] is JsonObject
            ? null
            : AzureAnswer.Error(400, "The subscription is not valid.", "SubscriptionInputException");
    }

    private static void Write(AzureSubscription subscription, JsonObject body)
    {
        subscription.Event = (string)body["eventType"]!;
        subscription.Version = (string?)body["resourceVersion"] ?? "1.0";
        subscription.Publisher = (JsonObject)body["publisherInputs"]!.DeepClone();
        subscription.Publisher["tfsSubscriptionId"] = subscription.Id;
        subscription.Consumer = (JsonObject)body["consumerInputs"]!.DeepClone();
    }

    private static AzureAnswer? PolicyProblem(JsonObject body)
    {
        var settings = body["settings"] as JsonObject ?? [];
        var isWhole = (string?)body["type"]?["id"] == StatusCheck && (string?)settings["statusName"] is { Length: > 0 }
            && settings["scope"] is JsonArray { Count: > 0 };
        return isWhole ? null : AzureAnswer.Error(400, "TF402370: The policy is not valid.", "PolicyConfigurationException");
    }

    private static void Write(AzurePolicy policy, JsonObject body)
    {
        policy.Type = (string)body["type"]!["id"]!;
        (policy.IsEnabled, policy.IsBlocking) = ((bool)body["isEnabled"]!, (bool)body["isBlocking"]!);
        policy.Settings = (JsonObject)body["settings"]!.DeepClone();
    }
}
